/**
 * When the next sync is due, and why: decided here and nowhere else. Pure. It is asked inside the transaction that writes
 * the answer, where the newest settings are; the workflow takes that answer and calculates nothing.
 */
import type { FailureStreak } from './activities.ts';
import { isPausingKind, policyOf } from './failure-kinds.ts';
import type { FailureKind } from './failure-kinds.ts';
import { noFailures, streakAfter } from './failure-streak.ts';
import { nearRentalTime } from './near-rentals.ts';
import { afterQuietHours } from './quiet-hours.ts';
import type { QuietHours } from './quiet-hours.ts';
import type { PausedBy, PausedReason, ScheduleReason } from './sync-states.ts';

const minuteMs = 60_000;

/** Repeated failures of the portal stretch the interval no further than this. */
const longestBackoffMs = 6 * 60 * minuteMs;

/** How far a scheduled sync moves towards its user's own place in the interval: a tenth of the interval at most. */
const scheduledDrift = 0.2;

/** The same where somebody waited for the sync that ended: at most 2 %, so that "every two hours" is true for them. */
const awaitedDrift = 0.04;

/** Retries that are owed because of us come within minutes, widely spread; longer ones where the last was one, too. */
const soonMs = { from: 2 * minuteMs, to: 10 * minuteMs };
const soonAgainMs = { from: 10 * minuteMs, to: 30 * minuteMs };

/** Those whom the portal's circuit puts off come back over four minutes, not all at once. */
const circuitMs = { from: 8 * minuteMs, to: 12 * minuteMs };

/** Times are epoch milliseconds. */
export interface Schedule {
  /** Null where nothing is due until the user acts. The user's own pause keeps it: what falls due meanwhile is owed. */
  nextSyncAt: number | null;
  reason: ScheduleReason | null;
  pausedReason: PausedReason | null;
  /** When the user's own pause ends by itself; null where it does not. */
  pausedUntil: number | null;
  /** Who made that pause; null where the user did. */
  pausedBy: PausedBy | null;
  /** One more sync that the user wants at this time, whatever else is due; null where there is none, or it has begun. */
  againAt: number | null;
  streak: FailureStreak;
}

/** The newest settings of a user, and the schedule so far. */
export interface ScheduledAccount extends Schedule {
  userId: string;
  connected: boolean;
  /** Rises with each change of the credentials. */
  revision: number;
  /** The revision that the last sync used; null before the first. */
  lastRevision: number | null;
  intervalMinutes: number;
  quiet: QuietHours | null;
  /** Starts of upcoming rentals before which syncs come closer together; empty where the user does not want that. */
  closerBefore: readonly number[];
  /** The end of the last sync that completed. */
  lastSyncAt: number | null;
}

export interface EndedSync {
  completedAt: number;
  /** When it began to read; null where it did not get so far, or that is not known. */
  begunAt?: number | null;
  /** Null after a success. */
  errorCode: FailureKind | null;
  /** Somebody asked for it, or joined it. */
  askedFor: boolean;
  /** The credentials' revision that it used; null where it did not get so far. */
  usedRevision: number | null;
}

export type ScheduleEvent =
  | { type: 'sync_ended'; sync: EndedSync }
  /** A partial sync or a dry run completed: what a whole sync is for is still to be done, at its time. */
  | { type: 'part_synced' }
  /** New credentials were refused, or the user cancelled their trial: the earlier ones go on as if nothing had happened. */
  | { type: 'trial_ended'; completedAt: number }
  /** A scheduled sync is about to begin. It may unless the answer lies ahead. */
  | { type: 'due' }
  | { type: 'circuit_open' }
  | { type: 'paused'; until?: number | null; by?: PausedBy | null }
  | { type: 'resumed' }
  /** The user's own pause ended by itself. */
  | { type: 'pause_ended' }
  /** The user wants one more sync at this time, replacing any that was wanted before; null: no more. */
  | { type: 'again'; at: number | null }
  /** With the last sync that ended, and the interval that its schedule was made with. */
  | { type: 'settings_changed'; last: Pick<EndedSync, 'completedAt' | 'errorCode'> | null; intervalBefore: number }
  | { type: 'credentials_saved' }
  | { type: 'disconnected' }
  /** The workflow begins, either for a new user or after a loss. */
  | { type: 'restored' }
  /** From workflows of the release before, which decided by themselves. */
  | ({ type: 'told' } & Pick<Schedule, 'nextSyncAt' | 'pausedReason'> & Partial<Pick<Schedule, 'streak'>>);

/** The server's time, and a number in [0, 1). */
export interface Moment {
  now: number;
  random: number;
}

export function scheduleAfter(account: ScheduledAccount, event: ScheduleEvent, moment: Moment): Schedule {
  const { againAt, ...usual } = account.connected ? decided(account, event, moment) : nothingDue;
  const { nextSyncAt, reason, pausedReason } = usual;
  const { pausedUntil, pausedBy } = pausedReason === 'user' ? usual : nothingDue;
  const comesFirst = againAt !== null && nextSyncAt !== null && againAt < nextSyncAt && reason !== 'awaited';
  return { ...usual, ...(comesFirst && at(againAt, 'again')), pausedUntil, pausedBy, againAt };
}

/** Without the extra sync that the user wants. */
function decided(account: ScheduledAccount, event: ScheduleEvent, moment: Moment): Schedule {
  const { now } = moment;
  switch (event.type) {
    case 'sync_ended':
      return syncEnded(account, event.sync, moment);
    case 'trial_ended':
      return trialEnded(account, event);
    case 'part_synced':
      return scheduleOf(account);
    case 'due':
      return isAgainDue(account, now) ? planned(account, at(now, 'again')) : settled(account, at(now, 'interval'));
    case 'circuit_open':
      return settled(withoutAgain(account, now), at(now + within(circuitMs, moment), 'circuit_open'));
    case 'paused':
      return paused(account, event);
    case 'resumed':
      return resumed(account, now, 'awaited');
    case 'pause_ended':
      // In the task of a timer the clock may still show an earlier time.
      return pauseEnded(account, Math.max(now, account.pausedUntil ?? now));
    case 'again':
      // What is due without it is calculated anew, with the settings.
      return { ...scheduleOf(account), reason: reasonWithoutAgain(account), againAt: event.at };
    case 'settings_changed':
      return settingsChanged(account, event, moment);
    case 'credentials_saved':
      // During a pause of the user's own nothing is due; what follows it starts with these settings.
      return account.pausedReason === 'user'
        ? { ...scheduleOf(account), streak: noFailures }
        : withNewCredentials(account, now);
    case 'disconnected':
      return nothingDue;
    case 'restored':
      return restored(account, now);
    case 'told':
      return told(account, event);
  }
}

/** Somebody waits for the next sync: nothing puts it off. */
export function isAwaited({ reason, lastSyncAt, lastRevision, revision }: ScheduledAccount): boolean {
  return reason === 'awaited' || lastSyncAt === null || lastRevision !== revision;
}

type Due = Pick<Schedule, 'nextSyncAt' | 'reason'>;

export const nothingDue: Schedule = {
  nextSyncAt: null,
  reason: null,
  pausedReason: null,
  pausedUntil: null,
  pausedBy: null,
  againAt: null,
  streak: noFailures,
};

const at = (nextSyncAt: number, reason: ScheduleReason): Due => ({ nextSyncAt, reason });

function scheduleOf({ nextSyncAt, reason, pausedReason, pausedUntil, pausedBy, againAt, streak }: Schedule): Schedule {
  return { nextSyncAt, reason, pausedReason, pausedUntil, pausedBy, againAt, streak };
}

function planned(account: Schedule, { nextSyncAt, reason }: Due): Schedule {
  return { ...scheduleOf(account), nextSyncAt, reason };
}

function reasonWithoutAgain({ reason }: Schedule): ScheduleReason | null {
  return reason === 'again' ? null : reason;
}

/** The clocks of the database and the server may differ by this much. */
const clockDriftMs = minuteMs;

function isAgainDue({ againAt }: Schedule, now: number): boolean {
  return againAt !== null && againAt <= now + clockDriftMs;
}

/** What begins, or is put off, at this time is the extra sync that was wanted by then. */
function withoutAgain<So extends Schedule>(account: So, time: number): So {
  return isAgainDue(account, time) ? { ...account, againAt: null } : account;
}

function syncEnded(before: ScheduledAccount, sync: EndedSync, moment: Moment): Schedule {
  const { completedAt, errorCode, usedRevision, begunAt } = sync;
  const account = withoutAgain(before, begunAt ?? completedAt);
  // Credentials that were saved while the sync ran: its failure is not theirs, and they are due at once.
  if (usedRevision !== null && usedRevision !== account.revision) return withNewCredentials(account, completedAt);
  const soFar = { ...account.streak, lastSyncAt: account.lastSyncAt };
  const { streak, tooLong } = streakAfter(soFar, errorCode, completedAt);
  const pause = errorCode !== null && isPausingKind(errorCode) ? errorCode : tooLong ? 'repeated_failure' : null;
  if (pause !== null)
    return {
      ...planned(account, { nextSyncAt: null, reason: null }),
      pausedReason: account.pausedReason ?? pause,
      streak,
    };
  return { ...settled(account, dueAfter(account, sync, streak, moment)), streak };
}

function trialEnded(account: ScheduledAccount, { completedAt }: { completedAt: number }): Schedule {
  const due = usualTime(account, { completedAt, errorCode: null }, noFailures);
  return settled({ ...account, streak: noFailures }, due);
}

function dueAfter(
  account: ScheduledAccount,
  { completedAt, errorCode, askedFor }: EndedSync,
  streak: FailureStreak,
  moment: Moment,
): Due {
  const { userId, reason } = account;
  if (errorCode !== null && policyOf(errorCode).schedule === 'soon')
    return at(completedAt + within(reason === 'retry_soon' ? soonAgainMs : soonMs, moment), 'retry_soon');
  const due = usualTime(account, { completedAt, errorCode }, streak);
  const drift = askedFor ? 0 : isAwaited(account) || reason === 'again' ? awaitedDrift : scheduledDrift;
  return { ...due, nextSyncAt: driftedApart(due.nextSyncAt!, due.nextSyncAt! - completedAt, userId, drift) };
}

/** The first failure of the portal keeps the interval; each further one doubles it, up to the longest back-off. */
function usualTime(
  { userId, intervalMinutes, closerBefore }: ScheduledAccount,
  last: Pick<EndedSync, 'completedAt' | 'errorCode'>,
  { consecutiveFailures }: FailureStreak,
): Due {
  const intervalMs = intervalMinutes * minuteMs;
  const backsOff = last.errorCode !== null && policyOf(last.errorCode).schedule === 'backoff';
  const doubled = intervalMs * 2 ** Math.min(Math.max(consecutiveFailures - 1, 0), 10);
  const waitMs = backsOff ? Math.max(intervalMs, Math.min(doubled, longestBackoffMs)) : intervalMs;
  const usual = last.completedAt + waitMs;
  if (waitMs > intervalMs) return at(usual, 'backoff');
  const sooner = nearRentalTime({ endedAt: last.completedAt, usual, random: fractionOf(userId) }, closerBefore);
  return sooner === null ? at(usual, 'interval') : at(sooner, 'rental_near');
}

/**
 * Users who are due together, as after an outage, would stay together forever. So each has a place of their own in the
 * interval, and every scheduled sync moves a part of the way there: the herd is over a fifth of the interval in one
 * cycle, and over nearly all of it in a day.
 */
function driftedApart(time: number, intervalMs: number, userId: string, drift: number): number {
  const away = fractionOf(userId) * intervalMs - (time % intervalMs);
  const nearest = away - Math.round(away / intervalMs) * intervalMs;
  return Math.round(time + drift * nearest);
}

/** Always the same for a user, and evenly spread over [0, 1) for all (FNV-1a, its bits mixed once more). */
function fractionOf(userId: string): number {
  let hash = 0x811c9dc5;
  for (const char of userId) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

function within({ from, to }: { from: number; to: number }, { random }: Moment): number {
  return Math.round(from + random * (to - from));
}

/** A pause that a failure caused says what the user has to mend; it stays. Nor is one that there is already another's. */
function paused(account: ScheduledAccount, { until = null, by = null }: Extract<ScheduleEvent, { type: 'paused' }>) {
  const { pausedReason, pausedBy } = account;
  return {
    ...scheduleOf(account),
    pausedReason: pausedReason ?? 'user',
    pausedUntil: until,
    pausedBy: pausedReason === null ? by : pausedBy,
  };
}

/**
 * A sync is owed if it fell due meanwhile, failed into the pause, or tries new credentials. Whoever resumes waits for it.
 */
function resumed(account: ScheduledAccount, now: number, owed: 'awaited' | 'pause_ended'): Schedule {
  // The user looked after it, so earlier failures no longer say how long it has been failing.
  const afresh = { ...withoutAgain(account, now), pausedReason: null, streak: noFailures };
  const { nextSyncAt, revision, lastRevision } = account;
  if (revision !== lastRevision) return planned(afresh, at(now, 'awaited'));
  return settled(afresh, nextSyncAt === null || nextSyncAt <= now ? at(now, owed) : account);
}

function pauseEnded(account: ScheduledAccount, now: number): Schedule {
  return account.pausedReason === 'user' ? resumed(account, now, 'pause_ended') : scheduleOf(account);
}

function told(account: ScheduledAccount, event: Extract<ScheduleEvent, { type: 'told' }>): Schedule {
  const { nextSyncAt, pausedReason, streak = account.streak } = event;
  const reason = isAwaited(account) ? 'awaited' : null;
  return settled({ ...account, pausedReason, streak }, { nextSyncAt, reason });
}

function withNewCredentials(account: ScheduledAccount, now: number): Schedule {
  return {
    ...planned(account, at(now, 'awaited')),
    pausedReason: account.pausedReason === 'user' ? 'user' : null,
    streak: noFailures,
  };
}

/** Interval, quiet hours or closer syncs. Whoever changes them gets the plain interval after the last sync; a back-off stays. */
function settingsChanged(
  account: ScheduledAccount,
  { last, intervalBefore }: Extract<ScheduleEvent, { type: 'settings_changed' }>,
  { now }: Moment,
): Schedule {
  const { nextSyncAt, reason, revision, lastRevision, intervalMinutes, closerBefore } = account;
  if (revision !== lastRevision) return withNewCredentials(account, Math.min(now, nextSyncAt ?? now));
  if (nextSyncAt === null) return scheduleOf(account);
  const isReckoned = reason === 'interval' || reason === 'backoff' || reason === 'rental_near';
  const isCloser = closerBefore.length > 0 || reason === 'rental_near';
  const isNewInterval = isReckoned && (intervalMinutes !== intervalBefore || isCloser);
  if (last === null || !(isNewInterval || reason === 'quiet_hours' || reason === 'again' || reason === null))
    return settled(account, account);
  const due = usualTime(account, last, account.streak);
  return settled(account, { ...due, nextSyncAt: Math.max(now, due.nextSyncAt!) });
}

function restored(account: ScheduledAccount, now: number): Schedule {
  const { revision, lastRevision, nextSyncAt, pausedReason } = account;
  if (pausedReason !== null || (revision === lastRevision && nextSyncAt !== null)) return scheduleOf(account);
  return { ...scheduleOf(account), nextSyncAt: now, reason: 'awaited' };
}

/** Out of the user's quiet hours, unless somebody waits for it. */
function settled(account: ScheduledAccount, { nextSyncAt, reason }: Due): Schedule {
  const due = planned(account, { nextSyncAt, reason });
  if (nextSyncAt === null || reason === 'awaited') return due;
  const awake = afterQuietHours(new Date(nextSyncAt), account.quiet, fractionOf(account.userId)).getTime();
  return awake === nextSyncAt ? due : { ...due, nextSyncAt: awake, reason: 'quiet_hours' };
}
