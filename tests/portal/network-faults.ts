import type { Accounts } from './accounts.ts';
import { isNetworkFault } from './fault-kinds.ts';
import type { Misbehaviours } from './misbehaviours.ts';
import { errorPage, maintenancePage, tooManyRequestsPage } from './pages.ts';
import { forEver, pause, redirect, sendHtml } from './replies.ts';
import type { Fault, NetworkFault } from './types.ts';
import type { Visit } from './visit.ts';

/** Lets the faults of the network strike this visit; true where the visit is over by that. */
export async function strikeNetwork(
  visit: Visit,
  { misbehaviours, accounts }: { misbehaviours: Misbehaviours; accounts: Accounts },
): Promise<boolean> {
  const here = (fault: Fault): fault is NetworkFault => isNetworkFault(fault) && matches(fault.at, visit);
  for (const fault of misbehaviours.take(visit.user, here)) {
    if (await strike(fault, visit, accounts)) return true;
  }
  return false;
}

function matches(at: string | undefined, visit: Visit): boolean {
  const everywhere = at === undefined || at === 'any';
  return everywhere ? visit.step !== 'script' : at === visit.step;
}

async function strike(fault: NetworkFault, visit: Visit, accounts: Accounts): Promise<boolean> {
  if (fault.kind === 'slow') return !(await pause(fault.ms, visit.gone));
  if (fault.kind === 'sessionDies') {
    if (visit.sessionId !== undefined) accounts.endSession(visit.sessionId);
    return false;
  }
  if (fault.kind === 'hang') await forEver(visit.gone);
  else spoil(fault, visit);
  return true;
}

function spoil(fault: NetworkFault, { res, req, url }: Visit): void {
  switch (fault.kind) {
    case 'reset':
      return void req.socket.resetAndDestroy();
    case 'rateLimit':
      return sendHtml(res, tooManyRequestsPage(), 429, { 'retry-after': String(fault.retryAfterSeconds ?? 30) });
    case 'serverError':
      return sendHtml(res, errorPage(), 500);
    case 'redirectLoop':
      return redirect(res, `${url.pathname}?loop=${Number(url.searchParams.get('loop') ?? 0) + 1}`);
    default:
      return sendHtml(res, maintenancePage(), 503, { 'retry-after': '120' });
  }
}
