/** A batch of what is done to many users, and what takes it back, with a double in place of Temporal. */
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFinishBulk, createRunBulkBatch } from '#activities/bulk-operation.ts';
import type { SyncDeps } from '#activities/deps.ts';
import { insertBulk, insertUndo, previewBulk, readBulk } from '#db/queries/bulk-operations.ts';
import { recordSchedule } from '#db/queries/schedule.ts';
import type { SyncActivities } from '#domain/activities.ts';
import { TemporalUnavailableError } from '#platform/errors.ts';
import { defaults, makeConnectedUser, useDatabase } from '../db/fixtures.ts';
import { affected, rows, sql } from '../support/sql.ts';

type BulkBatch = Awaited<ReturnType<SyncActivities['runBulkBatch']>>;

const { em, orm } = useDatabase();
const order = { query: {}, ratePerMinute: 600, reason: null, requestedBy: randomUUID() };
let users: string[];
/** Who was told what, and who cannot be told. */
let told: string[];
let errors: Map<string, Error>;

beforeEach(async () => {
  await affected(em(), sql`delete from users`);
  users = (await Promise.all([1, 2, 3].map(() => makeConnectedUser(em())))).sort();
  told = [];
  errors = new Map();
});

function deps(): SyncDeps {
  const tell = (verb: string) => (userId: string) => {
    const error = errors.get(userId);
    if (error) return Promise.reject(error);
    told.push(`${verb} ${users.indexOf(userId)}`);
    return Promise.resolve();
  };
  const temporal = { syncInBackground: tell('sync'), pause: tell('pause'), resume: tell('resume') };
  return { orm: orm(), temporal: temporal as unknown as SyncDeps['temporal'], config: {} as SyncDeps['config'] };
}

async function run(bulkId: string, limit = 10, attempt = 1, { sorted = true } = {}): Promise<BulkBatch> {
  const environment = new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR', () => undefined) });
  const activity = createRunBulkBatch(deps());
  const batch = await environment.run<[{ bulkId: string; limit: number }], BulkBatch, typeof activity>(activity, {
    bulkId,
    limit,
  });
  if (sorted) told.sort();
  return batch;
}

const finish = (bulkId: string, state: 'completed' | 'canceled' = 'completed') =>
  createFinishBulk(deps())({ bulkId, state });
const undo = (undoOf: string) => insertUndo(em(), { ...order, action: 'resume', undoOf });

/** As the user's workflow writes it. */
async function record(userId: string, wish: { paused: true } | { resumed: true }): Promise<void> {
  await recordSchedule(em(), { userId, now: Date.now(), ...wish }, defaults);
  await affected(em(), sql`update portal_accounts set schedule_as_of = null`);
}

async function paused(): Promise<string> {
  const { id } = await insertBulk(em(), { ...order, action: 'pause' });
  expect(await run(id)).toEqual({ done: 3, skipped: 0, left: 0 });
  await finish(id);
  told = [];
  return id;
}

it('who was synced, and not recorded before the worker died, is not synced again', async () => {
  const { id } = await insertBulk(em(), { ...order, action: 'sync' });
  await affected(em(), sql`update bulk_operation_users set outcome = 'started', at = now() where bulk_id = ${id}`);
  const synced = (userId: string, createdAt: string, isDryRun: boolean) =>
    affected(
      em(),
      sql`insert into sync_jobs (id, user_id, status, phase, dry_run, created_at)
        values (gen_random_uuid(), ${userId}, 'completed', 'completed', ${isDryRun}, now() + ${createdAt}::interval)`,
    );
  await synced(users[0]!, '0', false);
  await synced(users[1]!, '-1 hour', false);
  await synced(users[2]!, '0', true);
  expect(await run(id)).toEqual({ done: 3, skipped: 0, left: 0 });
  expect(told).toEqual(['sync 1', 'sync 2']);
});

describe('what takes a pause back', () => {
  it('resumes those, too, whose pause waits for the end of their sync', async () => {
    const id = await paused();
    await record(users[1]!, { paused: true });
    const { id: undone } = (await undo(id))!;
    expect(await run(undone)).toEqual({ done: 3, skipped: 0, left: 0 });
    expect(told).toEqual(['resume 0', 'resume 1', 'resume 2']);
  });

  it('leaves who has resumed and paused since then, and whom a failure paused', async () => {
    const id = await paused();
    for (const userId of users) await record(userId, { paused: true });
    await record(users[0]!, { resumed: true });
    await record(users[0]!, { paused: true });
    await affected(
      em(),
      sql`update portal_accounts set paused_reason = 'invalid_credentials' where user_id = ${users[1]}`,
    );
    const { id: undone } = (await undo(id))!;
    expect(await run(undone)).toEqual({ done: 1, skipped: 2, left: 0 });
    expect(told).toEqual(['resume 2']);
  });

  it('is there once, unless it was canceled', async () => {
    const id = await paused();
    expect(await readBulk(em(), id)).toMatchObject({ isUndone: false });
    const first = (await undo(id))!;
    expect(await readBulk(em(), id)).toMatchObject({ isUndone: true });
    expect(await undo(id)).toBeNull();
    await finish(first.id, 'canceled');
    const both = await Promise.all([undo(id), undo(id)]);
    expect(both.filter(Boolean)).toHaveLength(1);
  });
});

it('a user who disconnected meanwhile is not resumed', async () => {
  const id = await paused();
  await affected(em(), sql`update portal_accounts set state = 'disconnected' where user_id = ${users[0]}`);
  expect(await run((await undo(id))!.id)).toEqual({ done: 2, skipped: 1, left: 0 });
});

it('a retry resumes those whom a failure paused, then syncs them, and leaves all others', async () => {
  await affected(em(), sql`update portal_accounts set paused_reason = 'repeated_failure' where user_id = ${users[0]}`);
  await affected(em(), sql`update portal_accounts set paused_reason = 'user' where user_id = ${users[1]}`);
  const { id, total } = await insertBulk(em(), { ...order, action: 'retry' });
  expect(total).toBe(1);
  expect(await run(id, 10, 1, { sorted: false })).toEqual({ done: 1, skipped: 0, left: 0 });
  expect(told).toEqual(['resume 0', 'sync 0']);
  expect(await rows(em(), sql`select action, subject_id as "of" from audit_entries where bulk->>'id' = ${id}`)).toEqual(
    [{ action: 'bulk.retry', of: users[0] }],
  );
});

describe.each(['retry', 'resume'] as const)('a %s and a wrong password, which the portal may count', (action) => {
  const done = (...users: number[]) =>
    (action === 'retry' ? ['resume', 'sync'] : ['resume']).flatMap((verb) => users.map((user) => `${verb} ${user}`));

  beforeEach(async () => {
    await affected(
      em(),
      sql`update portal_accounts set paused_reason = 'invalid_credentials', last_error_code = 'invalid_credentials'
        where user_id in (${users[0]}, ${users[1]})`,
    );
    await affected(
      em(),
      sql`update portal_accounts set paused_reason = 'repeated_failure', last_error_code = 'portal_changed'
        where user_id = ${users[2]}`,
    );
  });

  it('leaves them alone where that failure is not named, and a dry run says how many they are', async () => {
    expect(await previewBulk(em(), { action, query: {}, limit: 10 })).toEqual({
      ...{ total: 1, leftOut: 2, users: [{ id: users[2], email: expect.any(String) as string }] },
    });
    const { id, total } = await insertBulk(em(), { ...order, action });
    expect(total).toBe(1);
    expect(await run(id, 10, 1, { sorted: false })).toEqual({ done: 1, skipped: 0, left: 0 });
    expect(told).toEqual(done(2));
  });

  it('tries it where an operator names it', async () => {
    const { id, total } = await insertBulk(em(), {
      ...order,
      query: { errorCode: 'invalid_credentials' },
      action,
    });
    expect(total).toBe(2);
    expect(await run(id)).toEqual({ done: 2, skipped: 0, left: 0 });
    expect(told).toEqual(done(0, 1));
  });

  it('skips whose password was refused before the turn came', async () => {
    await affected(
      em(),
      sql`update portal_accounts set paused_reason = 'repeated_failure' where user_id = ${users[0]}`,
    );
    const { id, total } = await insertBulk(em(), { ...order, action });
    expect(total).toBe(2);
    await affected(
      em(),
      sql`update portal_accounts set paused_reason = 'invalid_credentials' where user_id = ${users[0]}`,
    );
    expect(await run(id)).toEqual({ done: 1, skipped: 1, left: 0 });
    expect(told).toEqual(done(2));
  });
});

it('each user’s entry in the audit log says which operation it belongs to', async () => {
  const { id } = await insertBulk(em(), { ...order, action: 'pause' });
  await run(id);
  const entries = await rows(em(), sql`select action, bulk from audit_entries where subject_id = ${users[0]}`);
  expect(entries).toEqual([{ action: 'bulk.pause', bulk: { id } }]);
});

describe('a user who cannot be told', () => {
  it('is skipped, and the others go on', async () => {
    const { id } = await insertBulk(em(), { ...order, action: 'sync' });
    errors.set(users[0]!, new Error('too many signals'));
    expect(await run(id)).toEqual({ done: 2, skipped: 1, left: 0 });
    expect(told).toEqual(['sync 1', 'sync 2']);
  });

  it('comes again after the others where Temporal did not answer, which fails a batch only where it answers nobody', async () => {
    const { id } = await insertBulk(em(), { ...order, action: 'sync' });
    errors.set(users[0]!, new TemporalUnavailableError('away'));
    expect(await run(id, 2)).toEqual({ done: 1, skipped: 0, left: 2 });
    await expect(run(id, 1).then(() => run(id, 1))).rejects.toThrow('away');
    expect(told).toEqual(['sync 1', 'sync 2']);
    errors.clear();
    expect(await run(id)).toEqual({ done: 1, skipped: 0, left: 0 });
    const outcomes = await rows(em(), sql`select distinct outcome from bulk_operation_users where bulk_id = ${id}`);
    expect(outcomes).toEqual([{ outcome: 'done' }]);
  });

  it('is given up at last, so that the operation ends', async () => {
    const { id } = await insertBulk(em(), { ...order, action: 'sync' });
    for (const userId of users) errors.set(userId, new TemporalUnavailableError('away'));
    await expect(run(id, 10, 19)).rejects.toMatchObject({ type: 'temporal_away', nonRetryable: false });
    expect(await run(id, 10, 20)).toEqual({ done: 0, skipped: 3, left: 0 });
  });
});
