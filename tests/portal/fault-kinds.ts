import type { Fault, ListFault, NetworkFault, SignInFault } from './types.ts';

const network: Record<NetworkFault['kind'], true> = {
  maintenance: true,
  slow: true,
  hang: true,
  hold: true,
  reset: true,
  rateLimit: true,
  serverError: true,
  outage: true,
  redirectLoop: true,
  sessionDies: true,
};
const signIn: Record<SignInFault['kind'], true> = {
  wrongCredentials: true,
  accountLocked: true,
  verification: true,
  actionRequired: true,
  loginMessage: true,
};
const list: Record<ListFault['kind'], true> = {
  columnRenamed: true,
  columnMoved: true,
  columnGone: true,
  columnAdded: true,
  headerVariant: true,
  tableGone: true,
  unreadableDate: true,
  unreadablePrice: true,
  missingRecordId: true,
  narrowSpace: true,
  statusLies: true,
  statusStuck: true,
  statusMissing: true,
  emptyList: true,
  partialList: true,
  chunkedRows: true,
  rowsLate: true,
  virtualRows: true,
  listShifts: true,
  emptyLastBatch: true,
  batchNeverArrives: true,
  batchLate: true,
};

export const isNetworkFault = (fault: Fault): fault is NetworkFault => Object.hasOwn(network, fault.kind);
export const isSignInFault = (fault: Fault): fault is SignInFault => Object.hasOwn(signIn, fault.kind);
export const isListFault = (fault: Fault): fault is ListFault => Object.hasOwn(list, fault.kind);

/** Throws where there is no such fault, so that a test with a slip of the pen does not pass by mistake. */
export function assertFault(fault: Fault): void {
  if (isNetworkFault(fault) || isSignInFault(fault) || isListFault(fault)) return;
  const kinds = [network, signIn, list].flatMap((group) => Object.keys(group)).join(', ');
  throw new Error(`the portal cannot misbehave as ${String((fault as Fault).kind)}; it can as ${kinds}`);
}
