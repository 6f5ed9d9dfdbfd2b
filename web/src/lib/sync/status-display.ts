/** The one table of statuses: every state a sync can be in, with its word, its tone and its shape. */
import type { StatusView } from '#domain/shapes/sync.ts';
import type { Connection } from '#lib/shell/connection.svelte.ts';
import { isActive, isFinal } from '#domain/sync-states.ts';
import type { JobStatus } from '#domain/sync-states.ts';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';

/** Named by what is drawn, so that a status is told by its shape as well as by its color. */
export type Shape = 'check' | 'half' | 'cross' | 'bars' | 'slash' | 'dashes' | 'arc' | 'ring' | 'broken';

export interface StatusDisplay {
  label: string;
  tone: Tone;
  shape: Shape;
}

export const statusDisplays = {
  not_connected: { label: 'Not connected', tone: 'quiet', shape: 'ring' },
  waiting: { label: 'Ready', tone: 'quiet', shape: 'ring' },
  pending: { label: 'Starting', tone: 'busy', shape: 'dashes' },
  running: { label: 'Syncing', tone: 'busy', shape: 'arc' },
  completed: { label: 'Up to date', tone: 'good', shape: 'check' },
  rehearsed: { label: 'Dry run done', tone: 'quiet', shape: 'ring' },
  partial: { label: 'Synced with gaps', tone: 'warn', shape: 'half' },
  lost: { label: 'Synced, rentals gone', tone: 'warn', shape: 'half' },
  failed: { label: 'Sync failed', tone: 'bad', shape: 'cross' },
  cancelled: { label: 'Canceled', tone: 'quiet', shape: 'slash' },
  paused: { label: 'Paused', tone: 'warn', shape: 'bars' },
  offline: { label: 'Offline', tone: 'warn', shape: 'broken' },
  not_live: { label: 'Not live', tone: 'warn', shape: 'broken' },
} as const satisfies Record<string, StatusDisplay>;

export type StatusName = keyof typeof statusDisplays;

/** What a finished, running or waiting job looks like, wherever it is listed. */
export interface JobOutcome {
  status: JobStatus;
  partial: boolean;
  unconfirmed?: number | null | undefined;
  lost?: number | null | undefined;
  errorCode: string | null;
  /** Nothing was stored. */
  dryRun?: boolean | undefined;
}

/** Which display the whole account shows. What the user must act on, or cannot rely on, comes before how the last job ended. */
export function statusName({ live, state, job }: StatusView): StatusName {
  if (state === 'not_connected') return 'not_connected';
  if (!live) return 'not_live';
  if (isActive(job)) return job!.status;
  if (state === 'pending' || state === 'running') return state;
  if (state === 'paused') return 'paused';
  return job ? jobStatusName(job) : 'waiting';
}

interface Heard {
  view: StatusView;
  live: boolean;
  busy: boolean;
  cut: boolean;
}

/** What a page shows of the account, by what it hears of it. A line that breaks for a moment does not show while a sync runs. */
export function shownStatus({ view, live, busy, cut }: Heard, { offline, away }: Pick<Connection, 'offline' | 'away'>) {
  if (offline) return away ? 'not_live' : 'offline';
  return statusName(live || (busy && !cut) ? view : { ...view, live: false });
}

export function jobStatusName({
  status,
  partial,
  unconfirmed,
  lost,
  errorCode,
  dryRun = false,
}: JobOutcome): StatusName {
  if (status === 'completed' && dryRun) return 'rehearsed';
  if (status === 'completed' && partial) return lost && !unconfirmed ? 'lost' : 'partial';
  if (status === 'failed' && errorCode === 'cancelled') return 'cancelled';
  return status;
}

const jobLabels: Partial<Record<StatusName, string>> = {
  pending: 'Waiting',
  running: 'Running',
  completed: 'Completed',
  partial: 'Completed with gaps',
  lost: 'Completed, rentals gone',
  failed: 'Failed',
};

/** The display of one job in a list, where the word speaks of the job and not of the account. */
export function jobDisplay(job: JobOutcome): StatusDisplay {
  const name = jobStatusName(job);
  return { ...statusDisplays[name], label: jobLabels[name] ?? statusDisplays[name].label };
}

/** True while a sync waits for its start or runs. */
export function isBusy({ job, state }: StatusView): boolean {
  return isActive(job) || state === 'pending' || state === 'running';
}

/** The id of the job that is over, so that two snapshots of the same end count once. */
export function finalJob({ job }: StatusView): string | null {
  return isFinal(job) ? job!.id : null;
}
