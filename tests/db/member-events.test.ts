/** What members of a group are told of the owner's rentals, and what they no longer are. */
import { describe, expect, it } from 'vitest';
import { assignAsRulesSay, assignByHand } from '#db/queries/assign-groups.ts';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { listEvents } from '#db/queries/events.ts';
import { changeRole, removeMember } from '#db/queries/group-members.ts';
import { deleteGroup, insertGroup } from '#db/queries/groups.ts';
import { deleteUser } from '#db/queries/users.ts';
import type { MemberRole } from '#domain/groups.ts';
import { firstRow, rows, sql } from '../support/sql.ts';
import { beginJob, closing, defaults, makeConnectedUser, makeUser, rental, syncList, useDatabase } from './fixtures.ts';
import { addTarget } from './targets.ts';

const { em } = useDatabase();

async function addMember(groupId: string, role: MemberRole): Promise<string> {
  const userId = await makeUser(em());
  await rows(em(), sql`insert into group_members (group_id, user_id, role) values (${groupId}, ${userId}, ${role})`);
  return userId;
}

/** Two rentals at the same time, the first in a group with an editor and a viewer. */
async function troupe() {
  const userId = await makeConnectedUser(em());
  const list = [rental('a', { name: 'Rehearsal' }), rental('b', { name: 'Private' })];
  await syncList(em(), userId, list);
  const { id: groupId } = (await insertGroup(em(), userId, { name: 'Swan', payer: '' }, 10)) as { id: string };
  const booking = await firstRow<{ id: string }>(
    em(),
    sql`select id from bookings where user_id = ${userId} and record_id = 'a'`,
  );
  await assignByHand(em(), userId, booking!.id, groupId);
  const [editor, viewer] = [await addMember(groupId, 'editor'), await addMember(groupId, 'viewer')];
  const sync = (values: Parameters<typeof rental>[1]) =>
    syncList(em(), userId, [
      { ...list[0]!, ...values },
      { ...list[1]!, ...values },
    ]);
  return { userId, groupId, editor, viewer, sync };
}

const told = async (userId: string) => (await listEvents(em(), userId, { limit: 100 })).events;
const waiting = async (targetId: string) =>
  (await rows(em(), sql`select 1 from deliveries where target_id = ${targetId} and status = 'pending'`)).length;

describe('a change of a rental', () => {
  it('is told to members of its group alone, to viewers without prices, and nothing else of the owner', async () => {
    const { userId, groupId, editor, viewer, sync } = await troupe();
    await sync({ studio: 'Studio 3', priceCents: 4_200 });
    const owned = (await told(userId)).filter(({ type }) => type === 'booking.changed');
    expect(owned).toHaveLength(2);
    const [toEditor, toViewer] = [await told(editor), await told(viewer)];
    for (const events of [toEditor, toViewer])
      expect(events).toMatchObject([
        {
          type: 'booking.changed',
          data: {
            booking: { name: 'Rehearsal', studio: 'Studio 3', record_id: '', record_url: '' },
            before: { studio: 'Studio A' },
            group: { id: groupId, name: 'Swan', owner: expect.stringContaining('@') as string },
          },
        },
      ]);
    expect(toEditor[0]!.data).toMatchObject({ booking: { price_cents: 4_200 }, before: { price_cents: 1_900 } });
    expect(JSON.stringify(toViewer)).not.toMatch(/4200|1900|Private|conflicts/);
    expect(JSON.stringify(toEditor)).not.toMatch(/Private|conflicts/);
  });

  it('of the price alone is not told to viewers', async () => {
    const { editor, viewer, sync } = await troupe();
    await sync({ priceCents: 4_200 });
    expect(await told(editor)).toHaveLength(1);
    expect(await told(viewer)).toEqual([]);
  });

  it('goes to their targets, which the end of the sync names', async () => {
    const { userId, viewer, sync } = await troupe();
    const target = await addTarget(em(), viewer);
    await sync({ studio: 'Studio 3' });
    expect(await waiting(target)).toBe(1);
    const jobId = await beginJob(em(), userId);
    expect((await closeSyncJob(em(), closing({ userId, jobId }), defaults)).targets).toContain(target);
  });

  it('may be told by two owners to one another at the same time', async () => {
    const [one, other] = [await troupe(), await troupe()];
    for (const [group, member] of [
      [one, other.userId],
      [other, one.userId],
    ] as const)
      await rows(
        em(),
        sql`insert into group_members (group_id, user_id, role) values (${group.groupId}, ${member}, 'editor')`,
      );
    for (const studio of ['1', '2', '3']) await Promise.all([one.sync({ studio }), other.sync({ studio })]);
    const fromGroups = (await told(one.userId)).filter(({ data }) => 'group' in data);
    expect(fromGroups).toHaveLength(3);
  });
});

describe('who no longer sees a rental', () => {
  it('because of being removed is told nothing of what waits, and keeps nothing', async () => {
    const { userId, groupId, editor, viewer, sync } = await troupe();
    const [gone, kept] = [await addTarget(em(), editor), await addTarget(em(), viewer)];
    await sync({ studio: 'Studio 3' });
    expect(await removeMember(em(), userId, { groupId, userId: editor })).toBe(true);
    expect(await waiting(gone)).toBe(0);
    expect(await told(editor)).toEqual([]);
    expect(await waiting(kept)).toBe(1);
    await sync({ studio: 'Studio 4' });
    expect(await told(editor)).toEqual([]);
    expect(await waiting(kept)).toBe(2);
  });

  it.each([
    [
      'the group is deleted',
      ({ userId, groupId }: { userId: string; groupId: string }) => deleteGroup(em(), userId, groupId),
    ],
    ['the owner’s account is deleted', ({ userId }: { userId: string }) => deleteUser(em(), userId)],
  ])('because %s keeps nothing either', async (_, end) => {
    const { userId, groupId, viewer, sync } = await troupe();
    const target = await addTarget(em(), viewer);
    await sync({ studio: 'Studio 3' });
    expect(await waiting(target)).toBe(1);
    await end({ userId, groupId });
    expect(await waiting(target)).toBe(0);
    expect(await told(viewer)).toEqual([]);
  });

  it.each([
    ['it was put elsewhere by hand', (userId: string, id: string) => assignByHand(em(), userId, id, null)],
    ['the rules put it elsewhere', (userId: string, id: string) => assignAsRulesSay(em(), userId, id)],
  ])('because %s is told nothing of what waits', async (_, putElsewhere) => {
    const { userId, groupId, editor, viewer, sync } = await troupe();
    const target = await addTarget(em(), viewer);
    await sync({ studio: 'Studio 3' });
    const { id } = (await firstRow<{ id: string }>(em(), sql`select id from bookings where group_id = ${groupId}`))!;
    await assignByHand(em(), userId, id, groupId);
    expect(await waiting(target)).toBe(1);
    await putElsewhere(userId, id);
    expect(await waiting(target)).toBe(0);
    for (const member of [editor, viewer]) expect(await told(member)).toEqual([]);
  });

  it('as an editor learns no price of what waits', async () => {
    const { userId, groupId, editor, sync } = await troupe();
    await sync({ studio: 'Studio 3', priceCents: 4_200 });
    expect(JSON.stringify(await told(editor))).toContain('4200');
    await changeRole(em(), userId, { groupId, userId: editor, role: 'viewer' });
    expect(JSON.stringify(await told(editor))).not.toMatch(/4200|1900/);
  });

  it('as an editor is told nothing of what was about the price alone', async () => {
    const { userId, groupId, editor, sync } = await troupe();
    const target = await addTarget(em(), editor);
    await sync({ priceCents: 4_200 });
    await sync({ studio: 'Studio 3', priceCents: 4_300 });
    expect(await waiting(target)).toBe(2);
    await changeRole(em(), userId, { groupId, userId: editor, role: 'viewer' });
    expect(await waiting(target)).toBe(1);
    expect(await told(editor)).toMatchObject([{ data: { after: { studio: 'Studio 3' } } }]);
  });
});
