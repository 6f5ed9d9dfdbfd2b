/** How the portal does for everybody. One person's trouble says nothing about it, so a few users have to have the same. */
export interface PortalHealth {
  state: 'fine' | 'slow' | 'down';
  /** Since when; null where all is fine. */
  since: Date | null;
}

export interface SlowSyncs {
  /** Who had a sync lately, and for how many of them the newest was slow. */
  users: number;
  slow: number;
  /** When the first of the slow ones began. */
  since: Date | null;
}

/** A sync is slow if it takes this long and this many times what the user's syncs usually take. */
export const slowSync = { windowMs: 60 * 60_000, leastMs: 30_000, timesExpected: 3 };

const fewestUsers = 5;

/** `openedAt`: since when scheduled syncs are held back because the portal fails for many. */
export function portalHealthOf(
  { openedAt }: { openedAt: Date | null },
  { users, slow, since }: SlowSyncs,
): PortalHealth {
  if (openedAt) return { state: 'down', since: openedAt };
  if (slow >= fewestUsers && slow * 2 >= users) return { state: 'slow', since };
  return { state: 'fine', since: null };
}
