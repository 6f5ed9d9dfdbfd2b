/** Sentences about syncs. */
import type { History, SyncStatus } from '#client/contract/rest.ts';
import { lossWords } from '#domain/losses.ts';
import { camelCase, withKeys } from '#domain/shapes/case.ts';
import type { JobView } from '#domain/shapes/sync.ts';
import { isActive } from '#domain/sync-states.ts';
import { outcome } from '#lib/sync/sync-messages.ts';
import { aheadText, sinceText } from './times.ts';

type Job = History['jobs'][number];

/** In the words of the page: `137 rentals, 2 changed`. */
export function outcomeText(job: Job): string {
  return outcome(withKeys(job, camelCase) as JobView);
}

/** What to know of a sync that is `partial`. */
export function doubtText({ unconfirmed, lost }: Pick<Job, 'unconfirmed' | 'lost'>): string {
  const loss = lossWords({ unconfirmed, lost });
  return loss ? `${loss.what} ${loss.then}` : 'There were gaps; `gibney-sync logs` says which.';
}

const states: Record<SyncStatus['state'], string> = {
  not_connected: 'No Gibney account is connected.',
  sleeping: 'Waiting for the next sync.',
  pending: 'A sync is about to start.',
  running: 'A sync is running.',
  paused: 'Syncing is paused.',
};

const pauses: Record<NonNullable<SyncStatus['paused_reason']>, string> = {
  user: 'Syncing is paused. Resume with: gibney-sync resume',
  repeated_failure: 'Syncing is paused, since no sync has worked for a week. Resume with: gibney-sync resume',
  invalid_credentials: 'Syncing is paused: Gibney did not accept your sign-in. Update it in the settings.',
  account_locked: 'Syncing is paused: Gibney has locked the account. Unlock it there, then: gibney-sync resume',
  verification_required:
    "Syncing is paused: Gibney asks for a code. Ask Gibney's desk to trust this service, then: gibney-sync resume",
  action_required: 'Syncing is paused: Gibney wants something from you. Sign in there once, then: gibney-sync resume',
};

const pausedByOperator =
  'Syncing is paused by the people who run this service. You can resume it with: gibney-sync resume';

/** Where it stands, in a few lines. */
export function statusLines(status: SyncStatus, now: number): string[] {
  const { job, state, paused_reason: reason, last_sync_at: last, next_sync_at: next, paused_until: until } = status;
  const isBusy = isActive(job);
  const pause = status.paused_by ? pausedByOperator : reason && pauses[reason];
  return [
    isBusy ? job!.progress : (pause ?? states[state]),
    ...(last ? [`Last synced ${sinceText(last, now)}.`] : ['Not synced yet.']),
    ...(job?.status === 'failed' && job.error_message ? [`The last sync failed: ${job.error_message}`] : []),
    ...(job?.status === 'completed' && job.dry_run ? ['The last run was a dry run; nothing was stored.'] : []),
    ...(job?.status === 'completed' && job.partial ? [`The last sync: ${doubtText(job)}`] : []),
    ...(until && !isBusy ? [`It goes on by itself ${aheadText(until, now)}.`] : []),
    ...(next && !isBusy ? [`Next sync ${aheadText(next, now)}.`] : []),
    ...(status.warning ? ['Syncs have failed for days; before long they are paused.'] : []),
    ...(status.live ? [] : ['The sync service does not answer: this is the last known state.']),
  ];
}
