/** How long the steps of a sync took, as its owner and an operator see it. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { useApp, type TestUser } from './support/app.ts';
import { trpcClient } from './support/trpc.ts';

const app = await useApp({ env: { TEMPORAL_UI_URL: 'http://temporal.test' } });
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 19, 0, seconds));

async function makeSync({ id: userId }: TestUser, start: number, readSeconds: number): Promise<string> {
  const id = randomUUID();
  await app.database.query(
    `insert into sync_jobs (id, user_id, status, created_at, started_at, completed_at, workflow_run_id)
     values ($1, $2, 'completed', $3, $3, $4, 'run-1')`,
    [id, userId, at(start), at(start + readSeconds + 1)],
  );
  await app.database.query(
    `insert into sync_job_logs (job_id, user_id, at, level, phase, message, data) values
       ($1, $2, $3, 'error', 'connecting', 'The attempt failed.', jsonb_build_object('nextTryAt', $4::text)),
       ($1, $2, $5, 'info', 'reading', 'Read 3 rentals.', null)`,
    [id, userId, at(start + 1), at(start + 2).toISOString(), at(start + readSeconds)],
  );
  return id;
}

it('has attempts, waits and phases beside what is usual, for its owner alone, and leads operators to the run', async () => {
  const user = await app.newUser();
  await makeSync(user, 0, 6);
  const id = await makeSync(user, 100, 10);
  const path = `/api/v1/user/sync/job/${id}/timeline`;
  const { json } = await app.call('GET', path, { token: user.token });
  expect(json).toEqual({
    steps: [
      { kind: 'attempt', from_ms: 0, ms: 1_000, usual_ms: 1_000 },
      { kind: 'backoff', from_ms: 1_000, ms: 1_000, usual_ms: 1_000 },
      { kind: 'reading', from_ms: 2_000, ms: 8_000, usual_ms: 4_000 },
      { kind: 'closing', from_ms: 10_000, ms: 1_000, usual_ms: 1_000 },
    ],
    run_url: null,
  });
  const stranger = await app.newUser();
  expect((await app.call('GET', path, { token: stranger.token })).status).toBe(404);

  await app.database.query('insert into auth.operators (user_id) values ($1)', [user.id]);
  const again = await app.call('POST', '/api/v1/auth/token', { body: { email: user.email, password: user.password } });
  const { access_token: token } = again.json as { access_token: string };
  expect((await trpcClient(app.url, token).sync.timeline.query({ id })).runUrl).toBe(
    `http://temporal.test/namespaces/default/workflows/sync%3A${user.id}/run-1/history`,
  );
});
