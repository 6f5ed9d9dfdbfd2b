/** What the command line ends with. Scripts rely on these; docs/command-line.md lists them. */
import { failureKinds, isFailureKind } from '#domain/failure-kinds.ts';
import type { ErrorKind, GibneySyncError } from '#client/errors.ts';

export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  signedOut: 3,
  unreachable: 4,
  tryLater: 5,
  notFound: 6,
  notConnected: 10,
  paused: 11,
  hungUp: 129,
  interrupted: 130,
  unread: 141,
  terminated: 143,
} as const;

/** As the shell has them: 128 and the number of the signal; `unread` is that of SIGPIPE, which Node does not end by. */
export const signalCodes = {
  SIGHUP: exitCodes.hungUp,
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
} as const;

const byKind: Record<ErrorKind, number> = {
  unreachable: exitCodes.unreachable,
  not_ours: exitCodes.unreachable,
  signed_out: exitCodes.signedOut,
  forbidden: exitCodes.signedOut,
  not_found: exitCodes.notFound,
  invalid: exitCodes.usage,
  refused: exitCodes.unexpected,
  rate_limited: exitCodes.tryLater,
  unavailable: exitCodes.tryLater,
  internal: exitCodes.unexpected,
};

/** Why no sync began or was canceled; the other reasons are kinds of failure. */
const byCode: Record<string, number> = {
  no_credentials: exitCodes.notConnected,
  paused: exitCodes.paused,
  other_sync_waits: exitCodes.tryLater,
  not_under_way: exitCodes.notFound,
};

export function exitCodeOfError({ kind, code }: GibneySyncError): number {
  if (kind !== 'refused' || code === null) return byKind[kind];
  return byCode[code] ?? exitCodeOfFailure(code);
}

/** Of a sync that failed. A kind that is newer than this program is unexpected. */
export function exitCodeOfFailure(kind: string | null): number {
  return isFailureKind(kind) ? failureKinds[kind].exitCode : exitCodes.unexpected;
}
