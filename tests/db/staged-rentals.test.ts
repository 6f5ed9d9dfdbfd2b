import { expect, it } from 'vitest';
import { clearStagedAttempt, stageRentals } from '#db/queries/staged-rentals.ts';
import { rows, sql } from '../support/sql.ts';
import { beginJob, inOrder, makeConnectedUser, rental, unreadable, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

const staged = (jobId: string) =>
  rows<Record<string, unknown>>(
    em(),
    sql`select attempt, ordinal, record_id, name, starts_at, price_cents, problem, raw
        from staged_rentals where job_id = ${jobId} order by attempt, ordinal`,
  );

it('keeps rows as they were read', async () => {
  const jobId = await beginJob(em(), await makeConnectedUser(em()));
  const startsAt = new Date('2026-07-04T19:05:00Z');
  const row = rental('one', { name: 'Ä "quoted", \\ 舞 💃', startsAt, raw: { Price: '$19.00', '': '{}' } });
  await stageRentals(em(), jobId, 1, inOrder([row, unreadable(null)]));
  expect(await staged(jobId)).toEqual([
    {
      attempt: 1,
      ordinal: 0,
      record_id: 'one',
      name: 'Ä "quoted", \\ 舞 💃',
      starts_at: startsAt,
      price_cents: 1900,
      problem: null,
      raw: { Price: '$19.00', '': '{}' },
    },
    expect.objectContaining({ ordinal: 1, record_id: null, starts_at: null, problem: 'the start is not a time' }),
  ]);
});

it('replaces rows that are staged again, and takes the last of two with one place', async () => {
  const jobId = await beginJob(em(), await makeConnectedUser(em()));
  const list = inOrder([rental('one'), rental('two')]);
  await stageRentals(em(), jobId, 1, list);
  await stageRentals(em(), jobId, 1, [
    { ...list[0]!, name: 'first' },
    { ...list[0]!, name: 'second' },
  ]);
  expect((await staged(jobId)).map(({ name }) => name)).toEqual(['second', 'R-two']);
});

it('takes no rows, too', async () => {
  const jobId = await beginJob(em(), await makeConnectedUser(em()));
  await stageRentals(em(), jobId, 1, []);
  expect(await staged(jobId)).toEqual([]);
});

it('clears one attempt and leaves the others', async () => {
  const jobId = await beginJob(em(), await makeConnectedUser(em()));
  await stageRentals(em(), jobId, 1, [rental('one')]);
  await stageRentals(em(), jobId, 2, [rental('two')]);
  await clearStagedAttempt(em(), jobId, 1);
  expect((await staged(jobId)).map(({ attempt }) => attempt)).toEqual([2]);
});

it('keeps text that the database has no characters for, without those', async () => {
  const jobId = await beginJob(em(), await makeConnectedUser(em()));
  await stageRentals(em(), jobId, 1, [rental('one', { name: 'a\0b\ud800c', raw: { Studio: '\0', 'a\0': 'x' } })]);
  expect(await staged(jobId)).toMatchObject([{ name: 'ab\ufffdc', raw: { Studio: '' } }]);
});
