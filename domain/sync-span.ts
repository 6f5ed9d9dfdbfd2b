/** The span of the list that a sync looks at, by the rentals' start. */
import { Temporal } from 'temporal-polyfill';
import { studioZone } from './studio-zone.ts';
import { isNarrowed } from './sync-options.ts';
import type { SyncOptions } from './sync.ts';

export interface SyncSpan {
  /** Starts at or after; null: however early. */
  from: Date | null;
  /** Starts before; null: however late. */
  to: Date | null;
}

/** Null where all of the list is wanted. Upcoming is what starts from the beginning of the studio's today on. */
export function spanOf(options: SyncOptions, now: Date): SyncSpan | null {
  if (!isNarrowed(options)) return null;
  const { upcomingOnly, from, to } = options;
  const starts = [upcomingOnly && today(now), from !== undefined && new Date(from)].filter(
    (start) => start instanceof Date,
  );
  const latest = starts.sort((one, other) => other.getTime() - one.getTime())[0];
  return { from: latest ?? null, to: to === undefined ? null : new Date(to) };
}

/** A start that cannot be read may lie anywhere. */
export function isInSpan({ from, to }: SyncSpan, startsAt: Date | null): boolean {
  return startsAt === null || ((from === null || startsAt >= from) && (to === null || startsAt < to));
}

function today(now: Date): Date {
  const clock = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(studioZone);
  return new Date(clock.startOfDay().epochMilliseconds);
}
