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
  const when = whenLabel(since, now);
  if (state === 'slow') return `Gibney is slow for everybody since ${when}.`;
  const next = nextSyncAt && Date.parse(nextSyncAt) > now ? ` Yours tries again ${nextLabel(nextSyncAt, now)}.` : '';
  return `Gibney fails for everybody since ${when}.${next}`;
}
