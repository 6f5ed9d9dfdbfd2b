/** How the portal does for everybody, in a sentence. */
import type { PortalHealthView, StatusView } from '#domain/shapes/sync.ts';
import { nextLabel, whenLabel } from '#lib/time/new-york.ts';

/** Null where all is fine. */
export function portalHealthText(
  { state, since }: PortalHealthView,
  { nextSyncAt }: Pick<StatusView, 'nextSyncAt'>,
  now: number,
): string | null {
  if (state === 'fine' || since === null) return null;
  const next = nextSyncAt && Date.parse(nextSyncAt) > now ? `; yours tries again ${nextLabel(nextSyncAt, now)}` : '';
  const how = state === 'slow' ? 'been slow' : 'been failing';
  return `Gibney has ${how} since ${whenLabel(since, now)} for everybody${next}.`;
}
