/** Which group a rental belongs to: by rules as syncs store it, and by hand. */
import { describe, expect, it } from 'vitest';
import type { GroupConditions } from '#domain/group-rules.ts';
import { assignAsRulesSay, assignByHand } from '#db/queries/assign-groups.ts';
import { deleteGroup, deleteRule, insertGroup, insertRule } from '#db/queries/groups.ts';
import { deleteUser } from '#db/queries/users.ts';
import { rows, sql } from '../support/sql.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

const anything: GroupConditions = {
  studio: null,
  weekday: null,
  startsFrom: null,
  startsTo: null,
  nameContains: null,
};

async function makeGroup(userId: string, name: string): Promise<string> {
  const made = await insertGroup(em(), userId, { name, payer: '' }, 10);
  return (made as { id: string }).id;
}

async function makeRule(userId: string, groupId: string, conditions: Partial<GroupConditions>): Promise<string> {
  const made = await insertRule(em(), userId, groupId, { ...anything, ...conditions }, 10);
  return (made as { id: string }).id;
}

interface Grouped {
  id: string;
  record: string;
  group: string | null;
  by: string | null;
}

async function groupsOf(userId: string): Promise<Record<string, string | null>> {
  const found = await readAll(userId);
  return Object.fromEntries(found.map(({ record, group, by }) => [record, by && `${group ?? 'none'} by ${by}`]));
}

const readAll = (userId: string) =>
  rows<Grouped>(
    em(),
    sql`select b.id, b.record_id as record, g.name as "group", b.grouped_by as by
      from bookings b left join groups g on g.id = b.group_id where b.user_id = ${userId} order by b.record_id`,
  );

const idOf = async (userId: string, record: string) => (await readAll(userId)).find((row) => row.record === record)!.id;

const list = [
  rental('a', { studio: 'Studio A', name: 'Swan rehearsal' }),
  rental('b', { studio: 'Studio B' }),
  rental('c', { studio: 'Studio C' }),
];

describe('a rule', () => {
  it('assigns what is stored and what a sync brings', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, list.slice(0, 1));
    const swan = await makeGroup(userId, 'Swan');
    await makeRule(userId, swan, { nameContains: 'swan' });
    await makeRule(userId, swan, { studio: 'studio b' });
    expect(await groupsOf(userId)).toEqual({ a: 'Swan by rule' });
    await syncList(em(), userId, list);
    expect(await groupsOf(userId)).toEqual({ a: 'Swan by rule', b: 'Swan by rule', c: null });
  });

  it('keeps a rental that the portal moves to where the rule does not hold', async () => {
    const userId = await makeConnectedUser(em());
    await makeRule(userId, await makeGroup(userId, 'Swan'), { studio: 'Studio A' });
    await syncList(em(), userId, list);
    await syncList(em(), userId, [{ ...list[0]!, studio: 'Studio Z' }, ...list.slice(1)]);
    expect(await groupsOf(userId)).toEqual({ a: 'Swan by rule', b: null, c: null });
  });

  it('assigns a rental once a change makes it hold', async () => {
    const userId = await makeConnectedUser(em());
    await makeRule(userId, await makeGroup(userId, 'Swan'), { studio: 'Studio Z' });
    await syncList(em(), userId, list);
    await syncList(em(), userId, [{ ...list[0]!, studio: 'Studio Z' }, ...list.slice(1)]);
    expect(await groupsOf(userId)).toEqual({ a: 'Swan by rule', b: null, c: null });
  });

  it('takes nothing from an earlier one, and leaves what it has to a later one when it goes', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, list);
    const [swan, giselle] = [await makeGroup(userId, 'Swan'), await makeGroup(userId, 'Giselle')];
    const first = await makeRule(userId, swan, { studio: 'Studio A' });
    await makeRule(userId, giselle, { nameContains: 'swan' });
    expect(await groupsOf(userId)).toEqual({ a: 'Swan by rule', b: null, c: null });
    expect(await deleteRule(em(), userId, swan, first)).toBe(true);
    expect(await groupsOf(userId)).toEqual({ a: 'Giselle by rule', b: null, c: null });
  });
});

describe('by hand', () => {
  it('a rental stays in a group, or in none, whatever rules and syncs say', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, list);
    const [swan, giselle] = [await makeGroup(userId, 'Swan'), await makeGroup(userId, 'Giselle')];
    await assignByHand(em(), userId, await idOf(userId, 'a'), giselle);
    await assignByHand(em(), userId, await idOf(userId, 'b'), null);
    await makeRule(userId, swan, { nameContains: '' });
    await syncList(
      em(),
      userId,
      list.map((row) => ({ ...row, priceCents: 5 })),
    );
    expect(await groupsOf(userId)).toEqual({ a: 'Giselle by hand', b: 'none by hand', c: 'Swan by rule' });
    await assignAsRulesSay(em(), userId, await idOf(userId, 'b'));
    expect(await groupsOf(userId)).toMatchObject({ b: 'Swan by rule' });
  });

  it('nobody reaches another user’s rental, group or rule', async () => {
    const [userId, other] = [await makeConnectedUser(em()), await makeConnectedUser(em())];
    await syncList(em(), userId, list);
    await syncList(em(), other, list);
    const theirs = await makeGroup(other, 'Swan');
    const rule = await makeRule(other, theirs, { studio: 'Studio A' });
    const mine = await idOf(userId, 'a');
    expect(await assignByHand(em(), userId, mine, theirs)).toBe(false);
    expect(await assignByHand(em(), other, mine, theirs)).toBe(false);
    expect(await assignAsRulesSay(em(), other, mine)).toBe(false);
    expect(await insertRule(em(), userId, theirs, { ...anything, weekday: 1 }, 10)).toBeNull();
    expect(await deleteRule(em(), userId, theirs, rule)).toBe(false);
    expect(await deleteGroup(em(), userId, theirs)).toBe(false);
    expect(await groupsOf(userId)).toEqual({ a: null, b: null, c: null });
    expect(await groupsOf(other)).toEqual({ a: 'Swan by rule', b: null, c: null });
  });
});

describe('a group', () => {
  it('leaves its rentals to other rules when it is deleted, also those by hand', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, list);
    const [swan, giselle] = [await makeGroup(userId, 'Swan'), await makeGroup(userId, 'Giselle')];
    await makeRule(userId, swan, { studio: 'Studio A' });
    await makeRule(userId, giselle, { nameContains: 'R-' });
    await assignByHand(em(), userId, await idOf(userId, 'c'), swan);
    expect(await deleteGroup(em(), userId, swan)).toBe(true);
    expect(await groupsOf(userId)).toEqual({ a: null, b: 'Giselle by rule', c: 'Giselle by rule' });
  });

  it('has a name of its own, in any case, and goes with its owner', async () => {
    const userId = await makeConnectedUser(em());
    await makeRule(userId, await makeGroup(userId, 'Swan'), { weekday: 1 });
    expect(await insertGroup(em(), userId, { name: 'SWAN', payer: '' }, 10)).toBe('taken');
    expect(await insertGroup(em(), userId, { name: 'Giselle', payer: '' }, 1)).toBe('many');
    await deleteUser(em(), userId);
    expect(await rows(em(), sql`select 1 from group_rules where user_id = ${userId}`)).toEqual([]);
  });
});
