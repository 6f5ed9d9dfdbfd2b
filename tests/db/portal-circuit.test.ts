import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { readPortalAccount, savePortalCredentials } from '#db/queries/portal-accounts.ts';
import { readPortalCircuit } from '#db/queries/portal-circuit.ts';
import { readJob } from '#db/queries/sync-jobs.ts';
import { affected, sql } from '../support/sql.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { closing, defaults, makeConnectedUser, secrets, useDatabase } from './fixtures.ts';

const { em } = useDatabase();
const minuteMs = 60_000;
let now: number;

beforeEach(async () => {
  now = Date.now();
  await affected(em(), sql`delete from sync_jobs`);
  await affected(
    em(),
    sql`update portal_circuit set opened_at = null, reason = null, closed_at = null, probed_at = null`,
  );
});

/** A whole sync of this user: failed as this kind, or well. */
async function sync(userId: string, kind: FailureKind | null, completedAt = now) {
  const jobId = randomUUID();
  await openSyncJob(em(), { userId, jobId, triggeredManually: true }, defaults);
  const end = kind === null ? {} : { status: 'failed' as const, errorCode: kind };
  return closeSyncJob(em(), closing({ userId, jobId }, { completedAt, ...end }), defaults);
}

const users = (count: number) => Promise.all(Array.from({ length: count }, () => makeConnectedUser(em())));

async function failing(count: number, kind: FailureKind = 'portal_unavailable', at = now): Promise<void> {
  for (const userId of await users(count)) await sync(userId, kind, at);
}

const isOpen = async () => (await readPortalCircuit(em())).openedAt !== null;

/** A scheduled sync of this user; whether it was held back. */
async function scheduled(userId: string, jobId = randomUUID()): Promise<boolean> {
  const asked = { userId, jobId, triggeredManually: false, deferrable: true, now: Date.now() };
  const opened = await openSyncJob(em(), asked, defaults);
  expect(await readJob(em(), userId, jobId)).toEqual(opened.heldUntil === null ? expect.anything() : null);
  return opened.scheduleReason === 'circuit_open';
}

describe('the portal’s circuit', () => {
  it.each(['portal_unavailable', 'portal_changed', 'portal_rate_limited'] as const)(
    'opens at the fifth user whose sync fails as %s',
    async (kind) => {
      await failing(4, kind);
      expect(await isOpen()).toBe(false);
      const [fifth] = await users(1);
      expect(await sync(fifth!, kind)).toMatchObject({ circuit: 'opened' });
      expect(await readPortalCircuit(em())).toMatchObject({ openedAt: new Date(now), reason: kind, probedAt: null });
    },
  );

  it.each(['timed_out', 'internal', 'invalid_credentials', 'interrupted', 'cancelled', 'no_capacity'] as const)(
    'stays closed however many syncs fail as %s',
    async (kind) => {
      await failing(6, kind);
      expect(await isOpen()).toBe(false);
    },
  );

  it('stays closed for one user who fails often', async () => {
    const [userId] = await users(1);
    for (let time = 0; time < 6; time += 1) await sync(userId!, 'portal_unavailable');
    expect(await isOpen()).toBe(false);
  });

  it('stays closed while more than half of the syncs go well, and opens at half', async () => {
    const well = await users(6);
    for (const userId of well) await sync(userId, null);
    await failing(5);
    expect(await isOpen()).toBe(false);
    await failing(1);
    expect(await isOpen()).toBe(true);
  });

  it('forgets failures after ten minutes', async () => {
    await failing(4, 'portal_unavailable', now - 11 * minuteMs);
    await failing(4);
    expect(await isOpen()).toBe(false);
    await failing(1);
    expect(await isOpen()).toBe(true);
  });

  it('opens once at five failures in the same moment', async () => {
    const jobs = await Promise.all(
      (await users(5)).map(async (userId, index) => {
        const jobId = randomUUID();
        await openSyncJob(em(), { userId, jobId, triggeredManually: true }, defaults);
        const failed = { status: 'failed', errorCode: 'portal_unavailable', completedAt: now + index } as const;
        return closing({ userId, jobId }, failed);
      }),
    );
    const ends = await Promise.all(jobs.map((job) => closeSyncJob(em(), job, defaults)));
    expect(ends.filter(({ circuit }) => circuit === 'opened')).toHaveLength(1);
  });

  it('is closed by the first success, after which five new failures open it again', async () => {
    await failing(5);
    const [one] = await users(1);
    expect(await sync(one!, null, now - 1)).toMatchObject({ circuit: null });
    expect(await sync(one!, null, now + 1)).toMatchObject({ circuit: 'closed' });
    expect(await isOpen()).toBe(false);
    await failing(4, 'portal_changed', now + 2);
    expect(await isOpen()).toBe(false);
    await failing(1, 'portal_changed', now + 2);
    expect(await isOpen()).toBe(true);
  });
});

describe('while it is open', () => {
  it('holds scheduled syncs back, without a job, and lets one a minute through as a probe', async () => {
    const [probe, held] = await users(2);
    for (const userId of [probe!, held!]) await sync(userId, null, now - 20 * minuteMs);
    await failing(5);
    expect(await scheduled(probe!)).toBe(false);
    expect(await scheduled(held!)).toBe(true);
    const { nextSyncAt } = (await readPortalAccount(em(), held!))!;
    expect(nextSyncAt!.getTime()).toBeGreaterThanOrEqual(now + 8 * minuteMs);
    await affected(em(), sql`update portal_circuit set probed_at = now() - interval '61 seconds'`);
    expect(await scheduled(held!)).toBe(false);
  });

  it('lets the probe through however often its opening is repeated', async () => {
    const [probe] = await users(1);
    await sync(probe!, null, now - 20 * minuteMs);
    await failing(5);
    const jobId = randomUUID();
    expect(await scheduled(probe!, jobId)).toBe(false);
    expect(await scheduled(probe!, jobId)).toBe(false);
  });

  it('lets manual syncs through, first ones, and the first with new credentials', async () => {
    const [manual, renewed, first] = await users(3);
    for (const userId of [manual!, renewed!]) await sync(userId, null, now - 20 * minuteMs);
    await savePortalCredentials(em(), secrets, { userId: renewed!, username: 'dancer', password: 'new' });
    await failing(5);
    await affected(em(), sql`update portal_circuit set probed_at = now()`);
    const job = { userId: manual!, jobId: randomUUID(), triggeredManually: true };
    expect(await openSyncJob(em(), { ...job, deferrable: false }, defaults)).toMatchObject({ heldUntil: null });
    expect(await scheduled(renewed!)).toBe(false);
    expect(await scheduled(first!)).toBe(false);
    expect(await readPortalCircuit(em())).toMatchObject({ openedAt: expect.any(Date) as Date });
  });
});
