import { expect, it } from 'vitest';
import { listOverdue, overdueSyncs } from '#db/queries/overdue-syncs.ts';
import { affected, sql } from '../support/sql.ts';
import { beginJob, makeConnectedUser, makeUser, useDatabase } from '../db/fixtures.ts';

const { em } = useDatabase();
const minuteMs = 60_000;

async function userDue(minutesAgo: number | null): Promise<string> {
  const userId = await makeConnectedUser(em());
  const dueAt = minutesAgo === null ? null : new Date(Date.now() - minutesAgo * minuteMs);
  await affected(em(), sql`update portal_accounts set next_sync_at = ${dueAt} where user_id = ${userId}`);
  return userId;
}

it('names those whose sync is overdue, the longest first, page by page', async () => {
  const [later, first, never] = [await userDue(5), await userDue(600), await userDue(null)];
  await userDue(1);
  await userDue(-60);
  await makeUser(em());
  await affected(em(), sql`update portal_accounts set paused_reason = 'user' where user_id = ${await userDue(60)}`);
  await beginJob(em(), await userDue(60));
  const seen: string[] = [];
  for (let [user] = await listOverdue(em(), null, 1); user; [user] = await listOverdue(em(), user, 1))
    seen.push(user.userId);
  expect(seen).toEqual([never, first, later]);
});

it('looks closer at a sync that has been under way for longer than most take', async () => {
  const userId = await userDue(30);
  const jobId = await beginJob(em(), userId);
  const listed = async () => (await listOverdue(em(), null, 100)).some((user) => user.userId === userId);
  expect(await listed()).toBe(false);
  await affected(em(), sql`update sync_jobs set created_at = now() - interval '6 minutes' where id = ${jobId}`);
  expect(await listed()).toBe(true);
});

it('reads nobody else, however many there are', async () => {
  await affected(
    em(),
    sql`insert into users (email) select 'u' || n || '@example.test' from generate_series(1, 10000) n`,
  );
  await affected(
    em(),
    sql`insert into portal_accounts (user_id, state, next_sync_at)
        select id, 'connected', now() + random() * interval '2 hours' from users where email like 'u%@example.test'
        on conflict (user_id) do nothing`,
  );
  await affected(em(), sql`analyze`);
  const plan = await overdueSyncs(em(), null, 500).explain('json');
  const text = JSON.stringify(plan);
  expect(text).toContain('portal_accounts_due_index');
  expect(text).not.toContain('Seq Scan on portal_accounts');
});
