/** What changed, sync by sync, and what of it the user has looked at. */
import type { z } from 'zod';
import * as groups from '#db/queries/change-groups.ts';
import type { ChangeGroupRow } from '#db/queries/change-groups.ts';
import { countUnseenChanges, markChangesSeen, readChangesSeenAt } from '#db/queries/bookings.ts';
import type { changeGroupList, jobChangeList } from '../schemas/booking-inputs.ts';
import type { Services } from '../services.ts';

/** Of a first sync, which finds everything new, a few lines say enough. */
const most = { perGroup: 30, newPerGroup: 6 };

/** Newest sync first. Throws `BadCursorError`. */
export async function listChangeGroups(
  { orm }: Services,
  userId: string,
  { limit, cursor }: z.output<typeof changeGroupList>,
) {
  const em = orm.em.fork();
  const [seenAt, found] = await Promise.all([
    readChangesSeenAt(em, userId),
    groups.listChangeGroups(em, userId, { limit, cursor, ...most }),
  ]);
  return { groups: found.groups.map((group) => shown(group, seenAt)), nextCursor: found.nextCursor };
}

/** All that one sync found, what was to come first; empty where the sync is another user's. Throws `BadCursorError`. */
export function listJobChanges({ orm }: Services, userId: string, input: z.output<typeof jobChangeList>) {
  return groups.listChangesOfJob(orm.em.fork(), userId, input);
}

export async function countUnseen({ orm }: Services, userId: string): Promise<{ count: number }> {
  return { count: await countUnseenChanges(orm.em.fork(), userId) };
}

/** With a time only what was found up to then: what came while the page was open stays unseen. */
export async function markSeen({ orm }: Services, userId: string, upTo?: string): Promise<void> {
  await markChangesSeen(orm.em.fork(), userId, upTo ? new Date(upTo) : undefined);
}

function shown({ acknowledged, ...group }: ChangeGroupRow, seenAt: Date | null) {
  const total = Object.values(group.counts).reduce((sum, count) => sum + count, 0);
  return { ...group, unseen: !acknowledged && (seenAt === null || group.at > seenAt), total };
}
