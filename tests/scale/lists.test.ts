/** What `npm run scale` holds against ten thousand users is tried here with as many that have less behind them: with fewer PostgreSQL rightly reads a table whole. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { useDatabase, secrets } from '../db/fixtures.ts';
import { readAllLists, readsWhole } from './lists/read-all.ts';
import { makeHistory, makePeople } from './population.ts';

const { em, url } = useDatabase();

it('what is read of all users together comes from an index, but for counts', { timeout: 120_000 }, async () => {
  const people = await makePeople({ em, secrets, startedAt: Date.now() }, randomUUID(), 10_000, 2);
  await makeHistory(url(), 5);
  const ids = people.map(({ id }) => id);
  const lists = await readAllLists(url(), ids, people[0]!.email);
  expect(readsWhole(lists)).toEqual([]);
});
