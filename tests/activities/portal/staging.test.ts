import { expect, it } from 'vitest';
import { Staging } from '#activities/portal/staging.ts';
import { beginJob, inOrder, makeConnectedUser, rental, useDatabase } from '#tests/db/fixtures.ts';
import { rows, sql } from '#tests/support/sql.ts';

const { em, orm } = useDatabase();

/** Each row, and which transaction wrote it. */
const written = (jobId: string) =>
  rows<{ name: string; by: string }>(
    em(),
    sql`select name, xmin::text as by from staged_rentals where job_id = ${jobId} order by ordinal`,
  );

it('writes a row once, and again only where it was read anew, or after all was forgotten', async () => {
  const jobId = await beginJob(em(), await makeConnectedUser(em()));
  const staging = new Staging(orm(), { jobId, attempt: 1 });
  const list = inOrder([rental('one'), rental('two')]);
  staging.add(list);
  await staging.done();
  const [one, two] = await written(jobId);
  staging.add([list[0]!, { ...list[1]!, name: 'moved' }]);
  await staging.done();
  const [still, moved] = await written(jobId);
  expect(still).toEqual(one);
  expect(moved!.name).toBe('moved');
  expect(moved!.by).not.toBe(two!.by);
  staging.clear();
  staging.add(list);
  await staging.done();
  expect((await written(jobId)).map(({ name }) => name)).toEqual(list.map(({ name }) => name));
});
