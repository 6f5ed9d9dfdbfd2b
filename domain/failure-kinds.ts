/**
 * Every way a sync can fail, and all that follows from it, decided once: whether it is tried again within the same sync, what
 * becomes of the schedule, what the user is told. The workflow, the activities and the web read this table; nothing
 * else in the project branches on a kind by name.
 */
export interface FailureKindPolicy {
  /** The waits before further attempts within the same sync, in ms, while its time lasts. Empty: no further attempt. */
  retryDelaysMs: readonly number[];
  /** The schedule afterwards: `pause` until the user acts, `keep` the interval, `backoff` towards six hours, or again `soon`. */
  schedule: 'pause' | 'keep' | 'backoff' | 'soon';
  /** Many users at once mean one cause at the portal: these open the circuit that holds scheduled syncs back. */
  portalWide: boolean;
  /** Operators want to see the page: it is kept, masked. */
  keepsPage: boolean;
  /** Counts among the failures in a row, which stretch the interval and in the end warn and pause. No fault of ours counts. */
  counts: boolean;
  /** The exit code of the command line: scripts tell the kinds apart by it, so it never changes. */
  exitCode: number;
  /** What happened, in the user's words. */
  message: string;
  /** What the user can do, or what we do. */
  remedy: string;
}

export const failureKinds = {
  invalid_credentials: {
    retryDelaysMs: [],
    schedule: 'pause',
    portalWide: false,
    keepsPage: false,
    counts: true,
    exitCode: 20,
    message: 'Gibney did not accept this username and password.',
    remedy: 'Update your Gibney sign-in, and we sync at once.',
  },
  account_locked: {
    retryDelaysMs: [],
    schedule: 'pause',
    portalWide: false,
    keepsPage: false,
    counts: true,
    exitCode: 21,
    message: 'Gibney has locked this account.',
    remedy: 'Unlock it on the Gibney site, then press Resume.',
  },
  verification_required: {
    retryDelaysMs: [],
    schedule: 'pause',
    portalWide: false,
    keepsPage: false,
    counts: true,
    exitCode: 22,
    message: 'Gibney asks for a verification code.',
    // The portal trusts the browser in which the code is entered, and no other.
    remedy:
      "Entering it on the Gibney site lets in your own browser only. Ask Gibney's desk to turn off the check for this service or to trust its address, then press Resume.",
  },
  action_required: {
    retryDelaysMs: [],
    schedule: 'pause',
    portalWide: false,
    keepsPage: false,
    counts: true,
    exitCode: 23,
    message: 'Gibney wants something from you first: a new password, consent to its terms, or an answer.',
    remedy: 'Sign in once on the Gibney site and do what it asks, then press Resume.',
  },
  portal_changed: {
    retryDelaysMs: [],
    schedule: 'backoff',
    portalWide: true,
    keepsPage: true,
    counts: true,
    exitCode: 30,
    message: 'Gibney changed its rentals page, and we cannot read it yet.',
    remedy: 'We are working on it. Nothing is lost.',
  },
  portal_unavailable: {
    retryDelaysMs: [2_000, 8_000, 20_000],
    schedule: 'backoff',
    portalWide: true,
    keepsPage: false,
    counts: true,
    exitCode: 31,
    message: 'The Gibney site is not answering.',
    remedy: 'Nothing is lost. We will try again automatically.',
  },
  // The limit is on our address and not on a user, so it counts as the portal being away: the remedy is fewer requests.
  portal_rate_limited: {
    retryDelaysMs: [15_000, 45_000],
    schedule: 'backoff',
    portalWide: true,
    keepsPage: false,
    counts: true,
    exitCode: 32,
    message: 'Gibney asks us to slow down.',
    remedy: 'Nothing is lost. We will try again automatically, a little later.',
  },
  timed_out: {
    retryDelaysMs: [],
    schedule: 'keep',
    portalWide: false,
    keepsPage: false,
    counts: true,
    exitCode: 33,
    message: 'The sync took too long and was stopped.',
    remedy: 'Nothing is lost. We will try again at the next sync.',
  },
  no_capacity: {
    retryDelaysMs: [],
    schedule: 'soon',
    portalWide: false,
    keepsPage: false,
    counts: false,
    exitCode: 40,
    message: 'All our browsers were busy, so this sync did not start.',
    remedy: 'We will try again within minutes.',
  },
  interrupted: {
    retryDelaysMs: [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 45_000],
    schedule: 'soon',
    portalWide: false,
    keepsPage: false,
    counts: false,
    exitCode: 41,
    message: 'The sync was interrupted on our side.',
    remedy: 'Nothing is lost. We will try again within minutes.',
  },
  cancelled: {
    retryDelaysMs: [],
    schedule: 'keep',
    portalWide: false,
    keepsPage: false,
    counts: false,
    exitCode: 42,
    message: 'You canceled this sync.',
    remedy: 'Press Sync Now whenever you like.',
  },
  internal: {
    retryDelaysMs: [2_000, 8_000],
    schedule: 'keep',
    portalWide: false,
    keepsPage: true,
    counts: true,
    exitCode: 43,
    message: 'Something went wrong on our side.',
    remedy: 'We will try again at the next sync. If it keeps happening, write to us with the reference.',
  },
} as const satisfies Record<string, FailureKindPolicy>;

export type FailureKind = keyof typeof failureKinds;

/** The kinds that stop the schedule until the user acts. */
export type PausingKind = {
  [Kind in FailureKind]: (typeof failureKinds)[Kind]['schedule'] extends 'pause' ? Kind : never;
}[FailureKind];

export const failureKindNames = Object.keys(failureKinds) as FailureKind[];

export const pausingKinds = failureKindNames.filter(isPausingKind);

export function isFailureKind(value: unknown): value is FailureKind {
  return typeof value === 'string' && Object.hasOwn(failureKinds, value);
}

export function isPausingKind(kind: FailureKind): kind is PausingKind {
  return failureKinds[kind].schedule === 'pause';
}

/** The kinds that open the portal's circuit. */
export const portalWideKinds = failureKindNames.filter((kind) => failureKinds[kind].portalWide);

/** How long to wait before the attempt after `attempt` (1 for the first), or null where there is none. */
export function retryDelayMs(kind: FailureKind, attempt: number, retryAfterMs = 0): number | null {
  const delay = policyOf(kind).retryDelaysMs[attempt - 1];
  return delay === undefined ? null : Math.max(delay, retryAfterMs);
}

/** The attempt after this one, where the table of kinds and the time left allow it. */
interface NextAttempt {
  delayMs: number;
  /** Attempts that may follow, while each fails the same way. */
  left: number;
}

/** `failures`: what all attempts of the sync failed as, the last one included. */
export function nextAttempt(
  failures: FailureKind[],
  { remainingMs, retryAfterMs }: { remainingMs: number; retryAfterMs?: number | undefined },
): NextAttempt | null {
  const kind = failures.at(-1)!;
  const nth = failures.filter((other) => other === kind).length;
  const delays = policyOf(kind)
    .retryDelaysMs.slice(nth - 1)
    .map((delayMs) => Math.max(delayMs, retryAfterMs ?? 0));
  let endMs = 0;
  const left = delays.filter((delayMs) => (endMs += delayMs) < remainingMs).length;
  return left === 0 ? null : { delayMs: delays[0]!, left };
}

export function policyOf(kind: FailureKind): FailureKindPolicy {
  return failureKinds[kind];
}

/** One sentence that says what happened and one that says what to do. */
export function failureText(kind: FailureKind): string {
  const { message, remedy } = failureKinds[kind];
  return `${message} ${remedy}`;
}
