/** How far a sync is, measured by the last one. */
import type { StatusJobView } from '#domain/shapes/sync.ts';
import { spanText } from '#lib/time/spans.ts';

type Running = Pick<StatusJobView, 'phase' | 'progress' | 'done' | 'total' | 'startedAt' | 'expected'>;

/** A shorter list is read before one has read how long it takes. */
const fewest = 200;
const shortestMs = 5_000;

/** `Reading 2,450 of about 5,000, about 50 s left`; the phase's own text where nothing is expected, or it was wrong. */
export function progressText(job: Running, now: number): string {
  const { phase, progress, done, total, expected } = job;
  if (phase !== 'reading' || done === 0 || total !== null || !expected) return progress;
  if (expected.total < fewest || done >= expected.total) return progress;
  const leftMs = leftOf(job, expected, now);
  const left = leftMs < shortestMs ? '' : `, about ${roundedSpan(leftMs)} left`;
  return `Reading ${grouped(done)} of about ${grouped(expected.total)}${left}`;
}

/** By the pace of the last sync at first, then more and more by that of this one. */
function leftOf({ done, startedAt }: Running, { total, ms }: { total: number; ms: number }, now: number): number {
  const share = done / total;
  const elapsed = startedAt === null ? 0 : Math.max(0, now - Date.parse(startedAt));
  const byThisOne = (elapsed * (1 - share)) / share;
  return (1 - share) * ms * (1 - share) + share * byThisOne;
}

/** To five seconds, so that it does not flicker. */
function roundedSpan(ms: number): string {
  return spanText(Math.round(ms / 5_000) * 5_000);
}

const grouped = (count: number) => count.toLocaleString('en-US');
