/**
 * What follows from a delivery that was tried: when it is tried again, when it is given up, and when its target is. Pure
 * rules. Times are epoch milliseconds.
 */
export const channels = ['webhook', 'calendar', 'push', 'mail'] as const;

/** A way to reach somebody. */
export type Channel = (typeof channels)[number];

/** What decides when a target has its turn among all that are told something. */
export interface DeliveryTurn {
  userId: string;
  channel: Channel;
  /** It did not take what it was sent last. */
  isFailing: boolean;
}

export const deliveryStatuses = ['pending', 'delivered', 'given_up'] as const;

export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** `gone`: the receiver said so. `failing`: nothing was taken for three days. `user`: by hand. */
export const disabledReasons = ['user', 'gone', 'failing'] as const;

export type DisabledReason = (typeof disabledReasons)[number];

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The wait after the first failure, the second, and so on: three days and three hours in all. */
const waitsMs = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
] as const;

/** After this many failures there is no further wait. */
export const mostTries = waitsMs.length + 1;

/** Before this no target is given up, however often a person had it tried. */
const longestFailingMs = 72 * hour;

/**
 * Where it is this service that cannot send, this many tries are counted and the waits stay those of the ladder's beginning,
 * so that what waits is told soon after sending works again. After {@link longestFailingMs} they are all that there are, for what a person
 * asks for then. What was tried more often is refused for what it is, or by its receiver.
 */
export const oursTries = 2;

/** No receiver may put us off for longer. */
const longestPutOffMs = 24 * hour;

/** This share of a wait is added by chance, so that what failed together does not come back together. */
const jitter = 0.1;

/** When the owner of a failing target is told, in percent of {@link mostTries}. At the last one it is disabled. */
const warnings = [50, 70, 90, 100] as const;

export type Warning = (typeof warnings)[number];

/** The result of one try. */
export type Tried =
  | { outcome: 'delivered'; status?: number; answer?: string }
  | {
      outcome: 'failed';
      error: string;
      status?: number;
      answer?: string;
      /** The receiver said how long to wait. */
      retryAfterMs?: number;
      /** Wants nothing more of this delivery: whoever says so is there. */
      abort?: boolean;
      /** Wants no more deliveries at all. */
      gone?: boolean;
      /** It never reached the receiver, so it says nothing about them. */
      ours?: boolean;
      /** With `ours`: it is refused for what it is, and others may not be. */
      alone?: boolean;
      /** It may have been taken all the same. */
      unsure?: boolean;
    };

/** One line of a delivery's log. */
export interface Attempt {
  at: string;
  durationMs: number;
  responseStatus: number | null;
  error: string | null;
  /** The beginning of the receiver's answer. */
  answer: string | null;
}

export interface DeliveryState {
  /** Failures of the receiver since a sync or a person asked for the delivery. */
  tries: number;
  /** Since it was first asked for. */
  ageMs: number;
  isTest: boolean;
}

export interface DeliveryAfter {
  status: DeliveryStatus;
  tries: number;
  /** Null where there is no next time. */
  nextAt: number | null;
}

export interface TargetState {
  /** Rounds in a row in which nothing was accepted. */
  failures: number;
  failingSince: number | null;
  heldUntil: number | null;
  disabledReason: DisabledReason | null;
  /** The percentage of the last warning that its owner is to have; 0 where there is none. */
  warned: number;
}

interface Moment {
  now: number;
  /** From 0 to 1. */
  random: number;
}

function waitMs(failures: number, { random }: Moment): number | null {
  const wait = waitsMs[failures - 1];
  return wait === undefined ? null : Math.round(wait * (1 + jitter * random));
}

/** A test is tried once: whoever pressed the button can press it again. */
export function deliveryAfter({ tries, isTest, ageMs }: DeliveryState, tried: Tried, moment: Moment): DeliveryAfter {
  if (tried.outcome === 'delivered') return { status: 'delivered', tries, nextAt: null };
  const isByUs = tried.ours && !tried.alone;
  if (isByUs && !tried.abort && !isTest && (ageMs < longestFailingMs || tries < oursTries))
    return laterByUs(tries, moment);
  const wait = isTest || tried.abort || isByUs ? null : waitMs(tries + 1, moment);
  if (wait === null) return { status: 'given_up', tries: tries + 1, nextAt: null };
  return { status: 'pending', tries: tries + 1, nextAt: moment.now + Math.max(wait, putOffMs(tried)) };
}

function laterByUs(before: number, moment: Moment): DeliveryAfter {
  const tries = Math.max(before, Math.min(before + 1, oursTries));
  return { status: 'pending', tries, nextAt: moment.now + waitMs(Math.min(tries, oursTries), moment)! };
}

function putOffMs(tried: Tried): number {
  return tried.outcome === 'failed' ? Math.min(tried.retryAfterMs ?? 0, longestPutOffMs) : 0;
}

/** Accepted, or turned away for itself alone: then its receiver is there. */
const isTaken = (tried: Tried) => tried.outcome === 'delivered' || tried.abort === true;

/**
 * The target after a round of tries, not counting tests. A round in which anything was taken clears it: then a delivery
 * that fails alone waits alone. Otherwise all that is due waits with it, so that a receiver that is down is asked once, not
 * once for each delivery.
 */
export function targetAfter(before: TargetState, round: Tried[], moment: Moment): TargetState {
  const gone = round.some((tried) => tried.outcome === 'failed' && tried.gone);
  if (gone) return { ...before, heldUntil: null, disabledReason: 'gone', warned: 100 };
  if (round.length === 0) return before;
  if (round.some(isTaken))
    return { failures: 0, failingSince: null, heldUntil: null, disabledReason: before.disabledReason, warned: 0 };
  const failures = before.failures + 1;
  const failingSince = before.failingSince ?? moment.now;
  if (failures >= mostTries && moment.now - failingSince >= longestFailingMs)
    return { failures, failingSince, heldUntil: null, disabledReason: 'failing', warned: 100 };
  const percent = warnings.findLast((one) => one < 100 && failures * 100 >= one * mostTries) ?? 0;
  const wait = waitMs(failures, moment) ?? waitsMs.at(-1)!;
  const heldUntil = moment.now + Math.max(wait, ...round.map(putOffMs));
  const warned = Math.max(before.warned, percent);
  return { failures, failingSince, heldUntil, disabledReason: before.disabledReason, warned };
}

/** What waits for later need no longer wait: the target was away for more than a moment, and accepts things again. */
export function isBack(before: TargetState, after: TargetState): boolean {
  return before.failures >= 2 && after.failures === 0;
}

/** What the owner still has to be told, or null. */
export function untoldWarning({ warned, told }: { warned: number; told: number }): Warning | null {
  return warned > told ? (warned as Warning) : null;
}
