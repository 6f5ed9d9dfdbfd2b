/** What the page says about a sync beside its phase: what came of it, why it waits, and the way out. */
import type { JobView, StatusJobView, StatusView } from '#domain/shapes/sync.ts';
import type { PausedReason } from '#domain/sync-states.ts';
import { nextLabel } from '#lib/time/new-york.ts';
import { agoText } from '#lib/time/spans.ts';
import { keptInShort, lossWords } from '#domain/losses.ts';
import { failureKinds, isPausingKind, type FailureKind } from '#domain/failure-kinds.ts';

export interface Notice {
  /** What is the matter, in one sentence. */
  what: string;
  /** What to do about it, or what we do. */
  then: string;
  /** It has to be done on the Gibney site. */
  onGibney?: true;
}

/** `Synced 4 minutes ago`, also from the workflow's own time where the database has none yet. */
export function freshness(lastSyncAt: string | null, now: number): string {
  return lastSyncAt ? `Synced ${agoText(now - Date.parse(lastSyncAt))}` : 'Not synced yet';
}

/** What came of a completed sync: `137 rentals, 2 changed`. */
export function outcome(job: JobCounts): string {
  if (job.dryRun) return `Dry run: ${newsOf(job)}; nothing was stored`;
  const { bookingsSynced: synced, unconfirmed } = job;
  const kept = unconfirmed ? `; ${keptInShort(unconfirmed)}` : '';
  return `${synced === 1 ? '1 rental' : `${synced ?? 0} rentals`}, ${newsOf(job)}${kept}`;
}

type JobCounts = Pick<JobView, 'bookingsSynced' | 'added' | 'changed' | 'removed' | 'unconfirmed' | 'dryRun'>;

/** What was new in a completed sync: `2 changed, 1 gone`, `all new`, `nothing changed`. */
export function newsOf({ bookingsSynced, added, changed, removed }: JobCounts): string {
  if (bookingsSynced && added === bookingsSynced) return 'all new';
  const parts = [part(added, 'new'), part(changed, 'changed'), part(removed, 'gone')].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : 'nothing changed';
}

function part(count: number | null, word: string): string | null {
  return count ? `${count} ${word}` : null;
}

const pauses: Record<PausedReason, Notice> = {
  user: { what: 'Syncing is paused.', then: 'No sync starts until you resume.' },
  repeated_failure: {
    what: 'No sync has worked for a week, so we paused syncing.',
    then: 'Nothing is lost. Check that the Gibney site shows your rentals, then press Resume.',
  },
  invalid_credentials: {
    what: failureKinds.invalid_credentials.message,
    then: failureKinds.invalid_credentials.remedy,
  },
  account_locked: onGibney('account_locked'),
  verification_required: onGibney('verification_required'),
  action_required: onGibney('action_required'),
};

function pausedUntil(until: string, now: number): Notice {
  return { what: pauses.user.what, then: `It goes on by itself ${nextLabel(until, now)}, or when you resume.` };
}

const pausedByOperator: Notice = {
  what: 'The people who run this service paused syncing.',
  then: 'Your rentals are kept as we last saw them. You can resume syncing yourself.',
};

function onGibney(kind: FailureKind): Notice {
  const { message, remedy } = failureKinds[kind];
  return { what: message, then: remedy, onGibney: true };
}

const pausingSoon: Notice = {
  what: 'No sync has worked for days.',
  then: 'Nothing is lost. We keep trying, and pause after a week: check that the Gibney site shows your rentals.',
};

function heldBack({ nextSyncAt }: StatusView, now: number): Notice {
  const next = nextSyncAt ? ` Next try ${nextLabel(nextSyncAt, now)}.` : '';
  return {
    what: 'Gibney is having problems for many dancers right now, so we are waiting a little.',
    then: `Nothing is lost.${next}`,
  };
}

/** The newest sync that stored rentals. */
export function lastDoneOf(jobs: JobView[]): JobView | undefined {
  return jobs.find(({ status, dryRun }) => status === 'completed' && !dryRun);
}

/** The first sync has ended, and the page's own data is from before that: its rentals are about to come. */
export function isOutrun({ job }: StatusView, jobs: JobView[]): boolean {
  return job?.status === 'completed' && !jobs.some(({ status }) => status === 'completed');
}

/** Nothing has ever been synced, for want of a sign-in that Gibney accepts: to ask for one comes before all else. */
export function isSignInWanted({ state, lastSyncAt, pausedReason }: StatusView): boolean {
  return state === 'not_connected' || (lastSyncAt === null && pausedReason === 'invalid_credentials');
}

/** Gibney did not accept the sign-in, and nothing else was ever synced or is going on. */
export function isSignInRefused(view: StatusView): boolean {
  return isSignInWanted(view) && view.state !== 'not_connected';
}

/** The last sync ended with a sign-in that Gibney did not accept. */
export function isRefusal({ job }: StatusView): boolean {
  return job?.status === 'failed' && job.errorCode === 'invalid_credentials';
}

/** What keeps the page from being up to date, or null. The most pressing one only. */
export function noticeOf(view: StatusView, live: boolean, now: number): Notice | null {
  if (view.state === 'not_connected') return null;
  if (!live)
    return {
      what: 'We cannot reach the sync service.',
      then: 'You see the last known state. We reconnect automatically.',
    };
  if (view.pausedBy) return pausedByOperator;
  if (view.pausedReason === 'user' && view.pausedUntil) return pausedUntil(view.pausedUntil, now);
  if (view.pausedReason) return pauses[view.pausedReason];
  if (view.warning === 'pausing_soon') return pausingSoon;
  if (view.scheduleReason === 'circuit_open') return heldBack(view, now);
  if (view.job?.status === 'failed' && view.job.errorCode) return failureNotice(view, now);
  const loss = view.job && lossWords(view.job);
  if (loss) return loss;
  if (view.job?.partial)
    return {
      what: missing(view.job),
      then: 'What we could read is here; the rest stays as it was.',
    };
  return null;
}

function missing({ done, total }: StatusJobView): string {
  if (total === null || done >= total) return 'Part of the list could not be read.';
  return `${total - done} of ${total} rentals could not be read.`;
}

function failureNotice({ job, nextSyncAt, consecutiveFailures }: StatusView, now: number): Notice {
  const code = job!.errorCode!;
  const { message, remedy } = failureKinds[code];
  // A refusal that pauses nothing was of a new sign-in that was tried.
  if (isPausingKind(code) && nextSyncAt !== null && Date.parse(nextSyncAt) > now)
    return {
      what: message,
      then: 'The new sign-in was not saved. Your previous one is kept, and syncing continues with it.',
    };
  if (code === 'cancelled') return { what: message, then: remedy };
  const reference = code === 'internal' ? ` Reference: ${job!.id}.` : '';
  const row = consecutiveFailures > 1 ? ` (${consecutiveFailures} times in a row)` : '';
  const next = nextSyncAt ? ` Next try ${nextLabel(nextSyncAt, now)}.` : '';
  return { what: message.replace(/\.$/, `${row}.`), then: `${remedy}${next}${reference}` };
}

/** How often a sync runs by itself: `every 2 hours`, `every 45 minutes`. */
export function intervalText(minutes: number): string {
  if (minutes === 60) return 'every hour';
  return minutes % 60 === 0 ? `every ${minutes / 60} hours` : `every ${minutes} minutes`;
}

/** How a job came about, as a person would say it. */
export function triggerText({ triggeredManually }: { triggeredManually: boolean }): string {
  return triggeredManually ? 'by you' : 'automatically';
}
