/** What operators see and do, by the API: each deed written down, no secret shown. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { addOperator } from '#db/queries/operators.ts';
import { rental, syncList } from '../db/fixtures.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { seedRows } from './support/rows.ts';
import { quietTemporal } from './support/temporal-double.ts';

const temporal = quietTemporal();
const app = await useApp({ temporal, env: { TEMPORAL_UI_URL: 'https://temporal.example' } });
let operator: TestUser;
let dancer: TestUser;
let jobId: string;

const ask = (method: string, path: string, body?: object) =>
  app.call(method, `/api/v1/operate${path}`, { token: operator.token, ...(body && { body }) });

const deeds = async () => {
  const { json } = await ask('GET', `/audit?subject_id=${dancer.id}`);
  return (json as { entries: Record<string, string>[] }).entries.map(({ action, reason }) => [action, reason]);
};

beforeAll(async () => {
  operator = await app.newUser();
  dancer = await app.newUser();
  await addOperator(app.services.orm.em.fork(), operator.email);
  ({ jobId } = await seedRows(app.databaseUrl, dancer.id, 'R-of-the-dancer'));
  await app.database.query('update sync_jobs set workflow_run_id = $1, attempt = 2', ['run-1']);
  const body = { username: 'the-dancer', password: 'planted-password' };
  await app.call('PUT', '/api/v1/user/credentials', { token: dancer.token, body });
  await app.database.query(`update portal_accounts set last_error_code = 'timed_out'`);
  await app.database.query(
    `insert into delivery_targets (user_id, channel, address, failures, failing_since) values ($1, 'webhook', 'https://hooks.example/planted-secret', 3, now())`,
    [dancer.id],
  );
});

it('users are counted, and listed by state and failure kind', async () => {
  const { json } = await ask('GET', '/overview');
  expect(json).toMatchObject({ total: 2, error_codes: [{ error_code: 'timed_out', count: 1 }] });
  expect(json.circuit.opened_at).toBeNull();
  const found = await ask('GET', '/users?error_code=timed_out&state=sleeping');
  expect(found.json.users).toMatchObject([{ email: dancer.email, state: 'sleeping', error_code: 'timed_out' }]);
  expect((await ask('GET', `/users?email=${operator.email}`)).json.users).toMatchObject([{ state: 'not_connected' }]);
  expect((await ask('GET', '/users?state=asleep')).status).toBe(422);
});

it('pages of failures are listed and given as text and as a picture, and each look is written down', async () => {
  const { rows } = await app.database.query<{ id: string }>(
    `insert into failure_pages (job_id, user_id, attempt, kind, html, picture, at)
     values ($1, $2, 1, 'portal_changed', '<p>Xxxx</p>', '\\x89504e47', now()), ($1, $2, 2, 'internal', '<b>x</b>', null, now() - interval '1 minute')
     returning id`,
    [jobId, dancer.id],
  );
  const [one, other] = rows.map(({ id }) => `/failure-pages/${id}`);
  const { json } = await ask('GET', '/failure-pages');
  expect(json.pages).toMatchObject([
    { kind: 'portal_changed', job_id: jobId, user_id: dancer.id, email: dancer.email, attempt: 1, has_picture: true },
    { kind: 'internal', attempt: 2, has_picture: false },
  ]);
  const first = await ask('GET', '/failure-pages?limit=1');
  expect((await ask('GET', `/failure-pages?limit=1&cursor=${first.json.next_cursor}`)).json.pages).toEqual([
    json.pages[1],
  ]);
  expect((await ask('GET', `/failure-pages?kind=internal&user_id=${dancer.id}`)).json.pages).toEqual([json.pages[1]]);
  const html = await ask('GET', `${one}/html`);
  expect([html.text, html.headers.get('content-type')]).toEqual(['<p>Xxxx</p>', 'text/plain; charset=utf-8']);
  expect(html.headers.get('x-content-type-options')).toBe('nosniff');
  expect((await ask('GET', `${one}/picture`)).headers.get('content-type')).toBe('image/png');
  expect((await ask('GET', `${other}/picture`)).status).toBe(404);
  expect((await ask('GET', `/failure-pages/${operator.id}/html`)).status).toBe(404);
  const looks = (await deeds()).filter(([action]) => action === 'failure.page');
  expect(looks).toHaveLength(3);
});

it('the last day is shown hour by hour', async () => {
  const { json } = (await ask('GET', '/health')) as { json: { hours: object[]; synced_ago: { quantile: number }[] } };
  expect(json.hours).toHaveLength(24);
  expect(json.hours.at(-1)).toMatchObject({ completed: 1, failed: 0, given_up: 0, p95_ms: 0, delivery_p95_ms: null });
  expect(json).toMatchObject({ running: 0, waiting: 0, waiting_since: null, failures: [] });
  expect(json.synced_ago.map(({ quantile }) => quantile)).toEqual([0.5, 0.9, 0.99, 1]);
});

it('one user is shown with syncs, links into the Temporal UI and what cannot be delivered, and without secrets', async () => {
  const { json, text } = await ask('GET', `/users/${dancer.id}`);
  const workflow = `https://temporal.example/namespaces/default/workflows/sync%3A${dancer.id}`;
  expect(json.workflow).toEqual({ id: `sync:${dancer.id}`, url: workflow });
  expect(json.jobs).toMatchObject([{ id: jobId, attempts: 2, run_url: `${workflow}/run-1/history` }]);
  expect(json.delivery_trouble).toMatchObject([{ channel: 'webhook', failures: 3 }]);
  expect(text).not.toMatch(/planted|the-dancer|R-of-the-dancer/);
  expect((await ask('GET', '/users/00000000-0000-4000-8000-000000000000')).status).toBe(404);
  expect(await deeds()).toContainEqual(['user.view', null]);
});

describe('a user’s bookings', () => {
  it('are shown once a reason is written down, and not before', async () => {
    const refused = await ask('POST', `/users/${dancer.id}/bookings`, {});
    expect(refused.json).toMatchObject({ status: 422, errors: { reason: expect.any(Array) } });
    expect((await deeds()).map(([action]) => action)).not.toContain('user.bookings');
    const shown = await ask('POST', `/users/${dancer.id}/bookings`, { reason: 'ticket 12: a rental is missing' });
    expect(shown.json.bookings).toMatchObject([{ name: 'R-of-the-dancer' }]);
    expect((await deeds())[0]).toEqual(['user.bookings', 'ticket 12: a rental is missing']);
  });

  it('are not shown where the reason cannot be written down', async () => {
    await app.database.query('alter table audit_entries add constraint full_up check (reason is null) not valid');
    const answer = await ask('POST', `/users/${dancer.id}/bookings`, { reason: 'no matter' });
    await app.database.query('alter table audit_entries drop constraint full_up');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('R-of-the-dancer');
  });
});

it('the log of a sync is shown as its user sees it, once a reason is written down, and not before', async () => {
  const path = `/users/${dancer.id}/jobs/${jobId}/logs`;
  const refused = await ask('POST', path, {});
  expect(refused.json).toMatchObject({ status: 422, errors: { reason: expect.any(Array) } });
  expect((await deeds()).map(([action]) => action)).not.toContain('user.logs');
  const shown = await ask('POST', path, { reason: 'ticket 13: a sync fails' });
  const own = await app.call('GET', `/api/v1/user/sync/job/${jobId}/logs`, { token: dancer.token });
  expect(shown.json).toEqual(own.json);
  expect(shown.json.logs).toMatchObject([{ message: 'Read 1 rental' }]);
  expect((await deeds())[0]).toEqual(['user.logs', 'ticket 13: a sync fails']);
  expect((await ask('POST', `/users/${operator.id}/jobs/${jobId}/logs`, { reason: 'none of theirs' })).status).toBe(
    404,
  );
});

it('what was given up lately is sent again, to what is not off', async () => {
  const user = await app.newUser();
  await app.call('PUT', '/api/v1/user/credentials', { token: user.token, body: { username: 'd', password: 'p' } });
  const webhook = { token: user.token, body: { url: 'https://203-0-113-1.example/hook' } };
  const { id } = (await app.call('POST', '/api/v1/user/webhooks', webhook)).json;
  await syncList(app.services.orm.em.fork(), user.id, [rental('a')]);
  const giveUp = (ago: string) =>
    app.database.query(
      `update deliveries set status = 'given_up', tries = 10, next_at = null, done_at = now() - $2::interval where target_id = $1`,
      [id, ago],
    );
  const retry = async (body?: object) => (await ask('POST', `/users/${user.id}/deliveries/retry`, body)).json;
  await giveUp('8 days');
  expect(await retry()).toEqual({ count: 0 });
  await giveUp('6 days');
  temporal.calls.length = 0;
  expect(await retry({ reason: 'their receiver is back' })).toEqual({ count: 2 });
  await vi.waitFor(() => expect(temporal.calls).toContain(`deliver ${id}`));
  const left = await app.database.query(`select status, tries from deliveries where target_id = $1`, [id]);
  expect(left.rows).toEqual([
    { status: 'pending', tries: 0 },
    { status: 'pending', tries: 0 },
  ]);
  await giveUp('1 day');
  await app.database.query(`update delivery_targets set disabled_reason = 'user' where id = $1`, [id]);
  expect(await retry({ since: '2026-01-01' })).toEqual({ count: 0 });
  const { json } = await ask('GET', `/audit?subject_id=${user.id}`);
  expect(json.entries).toContainEqual(
    expect.objectContaining({ action: 'user.deliveries.retry', reason: 'their receiver is back' }),
  );
  await app.database.query('delete from users where id = $1', [user.id]);
});

it('scheduled syncs that the portal’s breaker holds back go on when an operator closes it', async () => {
  await app.database.query(`update portal_circuit set opened_at = now(), reason = 'portal_unavailable'`);
  expect((await ask('GET', '/overview')).json.circuit.opened_at).not.toBeNull();
  const closed = await ask('POST', '/circuit/close', { reason: 'the portal is back' });
  expect(closed).toMatchObject({ status: 200, json: { opened_at: null, reason: null, closed_at: expect.any(String) } });
  expect((await ask('GET', '/overview')).json.circuit).toEqual(closed.json);
  const { json } = await ask('GET', `/audit?actor_id=${operator.id}`);
  expect(json.entries).toContainEqual(
    expect.objectContaining({ action: 'circuit.close', reason: 'the portal is back' }),
  );
  expect((await ask('POST', '/circuit/close')).json).toEqual(closed.json);
});

it('a user is synced, paused and resumed, each written down', async () => {
  temporal.calls.length = 0;
  const started = await ask('POST', `/users/${dancer.id}/sync`, { reason: 'asked on the phone' });
  expect(started).toMatchObject({ status: 202, json: { status: 'pending', joined: false } });
  expect((await ask('POST', `/users/${dancer.id}/pause`)).status).toBe(204);
  expect((await ask('POST', `/users/${dancer.id}/resume`)).status).toBe(204);
  expect(temporal.calls.filter((call) => !call.startsWith('readStatus'))).toEqual([
    `requestSync ${dancer.id}`,
    `pause ${dancer.id} by operator`,
    `resume ${dancer.id}`,
  ]);
  expect((await deeds()).slice(0, 3)).toEqual([
    ['user.resume', null],
    ['user.pause', null],
    ['user.sync', 'asked on the phone'],
  ]);
});

it('nothing is done where the reason is misspelled', async () => {
  temporal.calls.length = 0;
  const { status, json } = await ask('POST', `/users/${dancer.id}/pause`, { reasn: 'asked on the phone' });
  expect([status, json.errors]).toEqual([422, { body: [expect.stringContaining('reasn')] }]);
  expect(temporal.calls).toEqual([]);
});

it('a pause leaves one that ends by itself as it is', async () => {
  await app.database.query(
    `update portal_accounts set paused_reason = 'user', paused_until = now() + interval '1 day'`,
  );
  temporal.calls.length = 0;
  expect((await ask('POST', `/users/${dancer.id}/pause`)).status).toBe(204);
  expect(temporal.calls).toEqual([]);
  expect((await deeds())[0]).toEqual(['user.pause', null]);
  await app.database.query(`update portal_accounts set paused_reason = null, paused_until = null`);
});

describe('many users at once', () => {
  const bulk = (body: object) => ask('POST', '/bulk', body);
  const operations = async () => ((await ask('GET', '/bulk')).json as { operations: unknown[] }).operations;

  it('are told as a dry run first, which does nothing', async () => {
    temporal.calls.length = 0;
    const { status, json } = await bulk({ action: 'pause', query: { error_code: 'timed_out' }, dry_run: true });
    expect(status).toBe(202);
    expect(json).toMatchObject({ id: null, state: 'dry_run', total: 1, rate: 60, users: [{ email: dancer.email }] });
    expect(await operations()).toEqual([]);
    expect(temporal.calls).toEqual([]);
  });

  it.each([
    ['state', { action: 'pause', state: 'sleeping' }],
    ['errorCode', { action: 'pause', errorCode: 'timed_out' }],
    ['dryRun', { action: 'sync', dryRun: true }],
    ['querry', { action: 'resume', querry: { state: 'paused' } }],
  ])('are left alone where %s is asked for, a name that does not exist', async (name, body) => {
    temporal.calls.length = 0;
    const { status, json } = await bulk(body);
    expect([status, json.errors]).toEqual([422, { body: [expect.stringContaining(name)] }]);
    expect(await operations()).toEqual([]);
    expect(temporal.calls).toEqual([]);
  });

  it('are paused, and that is taken back once it is over', async () => {
    const { json } = await bulk({ action: 'pause', query: { state: 'sleeping' }, rate: 600, reason: 'maintenance' });
    expect(json).toMatchObject({ state: 'running', total: 1, done: 0, can_undo: false, reason: 'maintenance' });
    expect(temporal.calls).toContain('startBulk pause 1');
    const { json: log } = await ask('GET', `/audit?actor_id=${operator.id}&limit=1`);
    expect((log as { entries: unknown[] }).entries[0]).toMatchObject({
      action: 'bulk.start.pause',
      bulk: { id: json.id, query: { state: 'sleeping' }, rate: 600 },
    });
    expect((await ask('POST', `/bulk/${json.id}/undo`)).status).toBe(422);
    expect((await ask('DELETE', `/bulk/${json.id}`)).status).toBe(204);
    await app.database.query(`update bulk_operation_users set outcome = 'done'`);
    await app.database.query(`update bulk_operations set state = 'completed'`);
    expect((await ask('GET', `/bulk/${json.id}`)).json).toMatchObject({ state: 'completed', done: 1, can_undo: true });
    const undo = await ask('POST', `/bulk/${json.id}/undo`);
    expect(undo.json).toMatchObject({ action: 'resume', undo_of: json.id, total: 1 });
    expect((await ask('GET', `/bulk/${json.id}`)).json.can_undo).toBe(false);
    expect((await ask('POST', `/bulk/${json.id}/undo`)).status).toBe(422);
    const sync = await bulk({ action: 'sync' });
    expect((await ask('POST', `/bulk/${sync.json.id}/undo`)).status).toBe(422);
  });

  it('are retried where a failure paused them, which cannot be taken back', async () => {
    const retry = { action: 'retry', query: { error_code: 'timed_out' } };
    expect((await bulk({ ...retry, dry_run: true })).json.total).toBe(0);
    await app.database.query(`update portal_accounts set paused_reason = 'repeated_failure'`);
    expect((await bulk({ ...retry, dry_run: true })).json).toMatchObject({ total: 1, users: [{ id: dancer.id }] });
    temporal.calls.length = 0;
    const { json } = await bulk(retry);
    expect(json).toMatchObject({ action: 'retry', total: 1, can_undo: false });
    expect(temporal.calls).toContain('startBulk retry 1');
    await app.database.query(`update portal_accounts set paused_reason = null`);
    await app.database.query(`update bulk_operations set state = 'completed'`);
    expect((await ask('POST', `/bulk/${json.id}/undo`)).status).toBe(422);
  });

  it('are left alone where the workflow cannot be started', async () => {
    const before = await operations();
    temporal.away = true;
    expect((await bulk({ action: 'sync' })).status).toBe(503);
    temporal.away = false;
    expect(await operations()).toEqual(before);
  });
});
