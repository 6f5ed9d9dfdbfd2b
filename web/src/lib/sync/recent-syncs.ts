/** The few numbers behind the strip of past syncs. */
import type { JobView } from '#domain/shapes/sync.ts';
import { stampLabel } from '#lib/time/new-york.ts';
import { tookText } from '#lib/time/spans.ts';
import { jobDisplay } from './status-display.ts';
import { outcome, triggerText } from './sync-messages.ts';

/** How long the job ran, in milliseconds; null while it runs or where it never started. */
export function durationOf({ startedAt, completedAt }: Pick<JobView, 'startedAt' | 'completedAt'>): number | null {
  return startedAt && completedAt ? Math.max(0, Date.parse(completedAt) - Date.parse(startedAt)) : null;
}

/** Bar heights for jobs, `least` to `most`. By the square root, so that one very slow sync does not flatten the rest. */
export function barHeights(jobs: JobView[], least: number, most: number): number[] {
  const roots = jobs.map((job) => Math.sqrt(durationOf(job) ?? 0));
  const top = Math.max(1, ...roots);
  return roots.map((root) => Math.round(least + (most - least) * (root / top)));
}

/** All that a mark of the strip stands for, in one line. */
export function jobSentence(job: JobView, now: number): string {
  const took = durationOf(job);
  const parts = [
    `${jobDisplay(job).label}: ${stampLabel(job.completedAt ?? job.createdAt, now)}`,
    took === null ? null : `took ${tookText(took)}`,
    `started ${triggerText(job)}`,
    job.status === 'completed' ? outcome(job) : null,
  ];
  return parts.filter(Boolean).join(' · ');
}
