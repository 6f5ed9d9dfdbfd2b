import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { savePortalCredentials } from '#db/queries/portal-accounts.ts';
import { listWaitingTargets } from '#db/queries/deliveries.ts';
import { listEvents, writePausedEvent } from '#db/queries/events.ts';
import { recordSchedule } from '#db/queries/schedule.ts';
import { readLatestState } from '#db/queries/sync-jobs.ts';
import type { CloseSyncJobInput } from '#domain/activities.ts';
import { booking } from '#domain/shapes/bookings.ts';
import { snakeCase } from '#domain/shapes/case.ts';
import type { EventType } from '#domain/events.ts';
import type { EntityManager } from '#db/orm.ts';
import { firstRow, rows, sql } from '../support/sql.ts';
import { until } from '../support/until.ts';
import { beginJob, closing, defaults, makeConnectedUser, rental, secrets, syncList, useDatabase } from './fixtures.ts';
import { addTarget } from './targets.ts';

const { em } = useDatabase();

const all = async (userId: string) => (await listEvents(em(), userId, { limit: 100 })).events;
const typesOf = async (userId: string) => (await all(userId)).map(({ type }) => type);

async function isWaiting(): Promise<boolean> {
  const waiting = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
  return (await firstRow(em(), waiting)) !== null;
}

/** What the last sync of these lists told. */
async function told(...lists: Parameters<typeof syncList>[2][]) {
  const userId = await makeConnectedUser(em());
  let before = 0;
  for (const list of lists) {
    before = (await all(userId)).length;
    await syncList(em(), userId, list, { confirmed: true });
  }
  return (await all(userId)).slice(before);
}

describe('the events of a sync', () => {
  it('tell each new booking as the API shows it, and then the end of the sync', async () => {
    const booked = rental('a');
    const [added, end, ...rest] = await told([booked]);
    expect(added).toMatchObject({ type: 'booking.added', data: { before: null, after: { studio: 'Studio A' } } });
    expect(added!.data.booking).toMatchObject({ record_id: 'a', price_cents: 1900, removed_at: null, group_id: null });
    expect(Object.keys(added!.data.booking as object).sort()).toEqual(Object.keys(booking.shape).map(snakeCase).sort());
    expect((added!.data.booking as { starts_at: string }).starts_at).toBe(booked.startsAt!.toISOString());
    expect(end).toMatchObject({
      type: 'sync.completed',
      data: { job: { status: 'completed', error_code: null } },
    });
    expect(rest).toEqual([]);
  });

  it('tell all that changed of a booking at once', async () => {
    const booked = rental('a');
    const later = new Date(booked.startsAt!.getTime() + 7_200_000);
    const [changed] = await told([booked], [rental('a', { startsAt: later, studio: 'Studio 3', priceCents: 1 })]);
    expect(changed).toMatchObject({
      type: 'booking.changed',
      data: {
        before: { starts_at: booked.startsAt!.toISOString(), studio: 'Studio A', price_cents: 1900 },
        after: { starts_at: later.toISOString(), studio: 'Studio 3', price_cents: 1 },
        booking: { studio: 'Studio 3' },
      },
    });
  });

  const kinds: [string, EventType, Parameters<typeof told>][] = [
    ['canceled', 'booking.canceled', [[rental('a')], [rental('a', { status: 'Canceled' })]]],
    ['declined', 'booking.canceled', [[rental('a')], [rental('a', { status: 'Declined' })]]],
    ['approved again', 'booking.changed', [[rental('a', { status: 'Canceled' })], [rental('a')]]],
    [
      'canceled once more',
      'booking.changed',
      [[rental('a', { status: 'Canceled' })], [rental('a', { status: 'Voided' })]],
    ],
    ['gone', 'booking.removed', [[rental('a'), rental('b')], [rental('b')]]],
    ['back again', 'booking.restored', [[rental('a'), rental('b')], [rental('b')], [rental('a'), rental('b')]]],
    [
      'back again, elsewhere',
      'booking.restored',
      [[rental('a'), rental('b')], [rental('b')], [rental('a', { studio: 'B' }), rental('b')]],
    ],
  ];
  it.each(kinds)('call one that is %s %s', async (_, type, lists) => {
    expect((await told(...lists)).map((event) => event.type)).toEqual([type, 'sync.completed']);
  });

  it('are only its end where nothing changed, and none where it is closed twice', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('a')]);
    const { jobId } = await syncList(em(), userId, [rental('a')]);
    await closeSyncJob(em(), closing({ userId, jobId }), defaults);
    expect(await typesOf(userId)).toEqual(['booking.added', 'sync.completed', 'sync.completed']);
  });

  it('tell a failure, and the pause that it leads to', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await closeSyncJob(
      em(),
      closing({ userId, jobId }, { status: 'failed', errorCode: 'invalid_credentials' }),
      defaults,
    );
    expect(await all(userId)).toMatchObject([
      { type: 'sync.failed', data: { job: { id: jobId, error_code: 'invalid_credentials' } } },
      { type: 'sync.paused', data: { reason: 'invalid_credentials' } },
    ]);
  });

  it('tell once that syncing works again, after a pause that needed the person', async () => {
    const userId = await makeConnectedUser(em());
    const fail = async (errorCode: 'invalid_credentials' | 'portal_unavailable') =>
      closeSyncJob(
        em(),
        closing({ userId, jobId: await beginJob(em(), userId) }, { status: 'failed', errorCode }),
        defaults,
      );
    await fail('portal_unavailable');
    await syncList(em(), userId, []);
    await fail('invalid_credentials');
    await savePortalCredentials(em(), secrets, { userId, username: 'dancer', password: 'tendu-43' });
    await fail('portal_unavailable');
    await syncList(em(), userId, [rental('a')]);
    await syncList(em(), userId, [rental('a')]);
    await recordSchedule(em(), { userId, paused: true, now: Date.now() }, defaults);
    await recordSchedule(em(), { userId, resumed: true, now: Date.now() + 1 }, defaults);
    await fail('portal_unavailable');
    await syncList(em(), userId, [rental('a')]);
    const said = (await all(userId)).filter(({ type }) => type === 'sync.paused' || type === 'sync.resumed');
    expect(said).toMatchObject([
      { type: 'sync.paused', data: { reason: 'invalid_credentials' } },
      { type: 'sync.resumed', data: { reason: 'invalid_credentials', message: expect.any(String) as string } },
      { type: 'sync.paused', data: { reason: 'user' } },
    ]);
  });

  it('tell a pause by an operator, and its end, also where both come while a sync runs', async () => {
    const userId = await makeConnectedUser(em());
    let now = Date.now();
    const byOperator = { pausedBy: 'operator' } as const;
    expect(await recordSchedule(em(), { userId, paused: true, ...byOperator, now: now++ }, defaults)).toMatchObject({
      pausedReason: 'user',
      ...byOperator,
    });
    await recordSchedule(em(), { userId, paused: true, now: now++ }, defaults);
    expect(await readLatestState(em(), userId)).toMatchObject(byOperator);
    await recordSchedule(em(), { userId, resumed: true, now: now++ }, defaults);
    const sync = async (wishes: Partial<CloseSyncJobInput>) =>
      closeSyncJob(em(), closing({ userId, jobId: await beginJob(em(), userId) }, { now: now++, ...wishes }), defaults);
    await sync({ paused: true, ...byOperator });
    await sync({ resumed: true });
    await sync({});
    const said = (await all(userId)).filter(({ type }) => type === 'sync.paused' || type === 'sync.resumed');
    const data = { reason: 'user', by: 'operator', message: expect.any(String) as string };
    const [paused, resumed] = [
      { type: 'sync.paused', data },
      { type: 'sync.resumed', data },
    ];
    expect(said).toMatchObject([paused, resumed, paused, resumed]);
  });

  it('tell a pause by the user once', async () => {
    const userId = await makeConnectedUser(em());
    await recordSchedule(em(), { userId, paused: true, now: Date.now() }, defaults);
    await recordSchedule(em(), { userId, paused: true, now: Date.now() + 1 }, defaults);
    expect(await typesOf(userId)).toEqual(['sync.paused']);
  });

  it('are committed in the order of their numbers, also by transactions that overlap', async () => {
    const userId = await makeConnectedUser(em());
    const pause = (tx: EntityManager) => writePausedEvent(tx, userId, { pausedReason: 'user' });
    const read = async (cursor: string | null = null) => listEvents(em(), userId, { limit: 10, cursor });
    const { promise: isWritten, resolve: written } = Promise.withResolvers<void>();
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const first = em().transactional(async (tx) => {
      await pause(tx);
      written();
      await mayEnd;
    });
    await isWritten;
    let isSecondDone = false;
    const second = em()
      .transactional((tx) => pause(tx))
      .then(() => (isSecondDone = true));
    await until('the second waits, or has overtaken the first', async () => isSecondDone || (await isWaiting()));
    // Who reads now must not see the later one alone, and go on behind the earlier one.
    expect((await read()).events).toEqual([]);
    end();
    await Promise.all([first, second]);
    expect((await read()).events).toHaveLength(2);
  });

  it('go on from a cursor, without a gap', async () => {
    const userId = await makeConnectedUser(em());
    const seen: string[] = [];
    let cursor: string | null = null;
    for (const list of [[rental('a')], [rental('a'), rental('b')], [rental('b'), rental('c')]]) {
      await syncList(em(), userId, list, { confirmed: true });
      for (let more = true; more;) {
        const page = await listEvents(em(), userId, { limit: 2, cursor });
        seen.push(...page.events.map(({ id }) => id));
        cursor = page.lastCursor;
        more = page.nextCursor !== null;
      }
    }
    expect(seen).toEqual((await all(userId)).map(({ id }) => id));
    expect(seen).toHaveLength(7);
  });
});

describe('a target', () => {
  it('gets what it chose, once, from when it is there', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('a')]);
    const everything = await addTarget(em(), userId);
    const some = await addTarget(em(), userId, { events: ['booking.changed'] });
    const disabled = await addTarget(em(), userId, { disabledReason: 'user' });
    const foreign = await addTarget(em(), await makeConnectedUser(em()));
    await syncList(em(), userId, [rental('a', { studio: 'B' }), rental('b')]);
    const queued = (targetId: string) =>
      rows<{ type: string }>(
        em(),
        sql`select e.type from deliveries d join events e on e.seq = d.event_seq
        where d.target_id = ${targetId} order by e.seq`,
      ).then((found) => found.map(({ type }) => type).sort());
    expect(await queued(everything)).toEqual(['booking.added', 'booking.changed', 'sync.completed']);
    expect(await queued(some)).toEqual(['booking.changed']);
    expect(await queued(disabled)).toEqual([]);
    expect(await queued(foreign)).toEqual([]);
    expect((await listWaitingTargets(em(), userId)).sort()).toEqual([everything, some].sort());
  });

  it('is named by the close of a sync, also where that is repeated', async () => {
    const userId = await makeConnectedUser(em());
    const targetId = await addTarget(em(), userId);
    const jobId = await beginJob(em(), userId);
    expect((await closeSyncJob(em(), closing({ userId, jobId }), defaults)).targets).toEqual([targetId]);
    expect((await closeSyncJob(em(), closing({ userId, jobId }), defaults)).targets).toEqual([targetId]);
  });
});
