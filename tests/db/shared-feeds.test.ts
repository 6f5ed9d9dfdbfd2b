/** What the calendar of a group's member shows: the group's rentals, as the member may see them. */
import { expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { assignByHand } from '#db/queries/assign-groups.ts';
import { readFeedBookings, readFeedVersion, type FeedBooking } from '#db/queries/calendar-feeds.ts';
import { changeRole, removeMember } from '#db/queries/group-members.ts';
import { insertGroup } from '#db/queries/groups.ts';
import { firstRow, rows, sql } from '../support/sql.ts';
import { makeConnectedUser, makeUser, rental, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();
const now = new Date();

async function makeFeed(userId: string) {
  const tokenHash = randomUUID();
  const feed = await firstRow<{ id: string }>(
    em(),
    sql`insert into calendar_feeds (user_id, name, token_hash, token_sealed) values (${userId}, 'Mine', ${tokenHash}, '')
      returning id`,
  );
  const version = async () => (await readFeedVersion(em(), tokenHash, now))!;
  const shown = () =>
    em().transactional(async (tx) => {
      const found: FeedBooking[] = [];
      for await (const some of readFeedBookings(tx, feed!.id, now)) found.push(...some);
      return found;
    });
  return { version, shown };
}

it('their own and the group’s, to viewers without prices, and none of it after they are removed', async () => {
  const owner = await makeConnectedUser(em());
  await syncList(em(), owner, [
    rental('a', { name: 'Rehearsal', priceCents: 1_900 }),
    rental('b', { name: 'Private' }),
  ]);
  const { id: groupId } = (await insertGroup(em(), owner, { name: 'Swan', payer: '' }, 10)) as { id: string };
  const booking = await firstRow<{ id: string }>(
    em(),
    sql`select id from bookings where user_id = ${owner} and record_id = 'a'`,
  );
  await assignByHand(em(), owner, booking!.id, groupId);
  const member = await makeConnectedUser(em());
  await syncList(em(), member, [rental('c', { name: 'Of the member', priceCents: 700 })]);
  await rows(em(), sql`insert into group_members (group_id, user_id, role) values (${groupId}, ${member}, 'editor')`);
  const feed = await makeFeed(member);

  const toEditor = await feed.shown();
  expect(toEditor.map(({ name, priceCents }) => [name, priceCents]).toSorted()).toEqual([
    ['Of the member', 700],
    ['Rehearsal', 1_900],
  ]);
  expect(toEditor.find(({ name }) => name === 'Rehearsal')).toMatchObject({ id: booking!.id, recordUrl: '' });
  const asEditor = await feed.version();
  expect(asEditor.count).toBe(2);

  await changeRole(em(), owner, { groupId, userId: member, role: 'viewer' });
  expect((await feed.shown()).find(({ name }) => name === 'Rehearsal')).toMatchObject({ priceCents: null });
  expect((await feed.version()).digest).not.toBe(asEditor.digest);

  await removeMember(em(), owner, { groupId, userId: member });
  expect((await feed.shown()).map(({ name }) => name)).toEqual(['Of the member']);
  expect(await feed.version()).toMatchObject({ count: 1 });
});

it('nothing of a group to a stranger, and to its owner each rental once', async () => {
  const owner = await makeConnectedUser(em());
  await syncList(em(), owner, [rental('a'), rental('b')]);
  const { id: groupId } = (await insertGroup(em(), owner, { name: 'Swan', payer: '' }, 10)) as { id: string };
  await rows(em(), sql`update bookings set group_id = ${groupId}, grouped_by = 'hand' where user_id = ${owner}`);
  expect(await (await makeFeed(owner)).shown()).toHaveLength(2);
  expect(await (await makeFeed(await makeUser(em()))).shown()).toEqual([]);
});
