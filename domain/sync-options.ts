/** What a caller may ask of one sync, and which sync answers which caller. */
import type { SyncOptions } from './sync.ts';

/** Whether a sync with the options `has` does all that one with `wanted` would do. A dry run and a real one never stand for each other. */
export function covers(has: SyncOptions, wanted: SyncOptions): boolean {
  if ((has.dryRun ?? false) !== (wanted.dryRun ?? false)) return false;
  if (wanted.freshSession && !has.freshSession) return false;
  if (has.upcomingOnly && !wanted.upcomingOnly) return false;
  return within(has.from, wanted.from, -1) && within(has.to, wanted.to, 1);
}

/** Options that cover both; null where one is a dry run and the other writes: neither may become the other. */
export function widened(one: SyncOptions, other: SyncOptions): SyncOptions | null {
  if ((one.dryRun ?? false) !== (other.dryRun ?? false)) return null;
  if (covers(one, other)) return one;
  if (covers(other, one)) return other;
  return {
    ...((one.freshSession || other.freshSession) && { freshSession: true }),
    ...(one.dryRun && { dryRun: true }),
  };
}

/** Not everything is read and stored, so a sync like this does not take the place of a whole one. */
export function isPart(options: SyncOptions): boolean {
  return Boolean(options.dryRun) || isNarrowed(options);
}

/** Only a part of the list is read, so nothing is known of the rest. */
export function isNarrowed({ upcomingOnly, from, to }: SyncOptions): boolean {
  return Boolean(upcomingOnly) || from !== undefined || to !== undefined;
}

function within(has: string | undefined, wanted: string | undefined, side: 1 | -1): boolean {
  if (has === undefined) return true;
  return wanted !== undefined && side * (Date.parse(has) - Date.parse(wanted)) >= 0;
}
