/** A worker beside another one, on a way to PostgreSQL of its own, which can be cut and can swallow what it is given. */
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { watchDatabase, type DatabaseWatch } from '#db/database-watch.ts';
import { createLog } from '#platform/log.ts';
import { createActivitySlots } from '#temporal/activity-slots.ts';
import { claimTemporal, createTestDatabase, type TestDatabase } from '../support/index.ts';
import { startRelay, type Relay } from '../support/relay.ts';
import { until } from '../support/until.ts';

const size = 2;
const fast = { everyMs: 50, answerMs: 200 };
const silent = Object.assign(createLog('test', 'error'), { warn: () => undefined, info: () => undefined });

let database: TestDatabase;
let relay: Relay;
let watch: DatabaseWatch;
const changes: boolean[] = [];
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  database = await createTestDatabase();
  relay = await startRelay(database.url);
  watch = watchDatabase({ databaseUrl: relay.url, log: silent, ...fast, onChange: (now) => void changes.push(now) });
});
afterAll(async () => {
  await watch.close();
  await relay.close();
  await database.drop();
});

const itIs = (state: boolean) => until(`isThere is ${state}`, () => watch.isThere === state, 5_000);
afterEach(async () => {
  relay.open();
  await itIs(true);
});

const ways: [string, () => void][] = [
  ['refuses connections', () => relay.cut()],
  ['swallows what it is given', () => relay.swallow()],
];

describe('whether the database is there', () => {
  it.each(ways)('is known of one that %s, and when it is back', async (_, breakIt) => {
    changes.length = 0;
    const { away } = watch;
    breakIt();
    await itIs(false);
    expect(away.aborted).toBe(true);
    expect(away.reason).toMatchObject({ name: 'DatabaseAwayError' });
    const back = watch.there(new AbortController().signal);
    relay.open();
    await back;
    expect(watch.away.aborted).toBe(false);
    expect(changes).toEqual([false, true]);
  });

  it('is no question of one connection that is ended', async () => {
    changes.length = 0;
    const before = relay.connections();
    expect(before).toBe(1);
    relay.cut();
    relay.open();
    await until('another connection', () => relay.connections() === 1, 5_000);
    await itIs(true);
    expect(changes.length % 2).toBe(0);
  });
});

describe('slots', () => {
  const context = {} as never;
  const never = new AbortController().signal;
  const used = { slotInfo: { type: 'activity', activityType: 'any' }, permit: {} } as const;

  it('are as many as were asked for, and say how many are free', async () => {
    const free: number[] = [];
    const slots = createActivitySlots({ size, database: watch, onFree: (now) => void free.push(now) });
    await slots.reserveSlot(context, never);
    await slots.reserveSlot(context, never);
    expect(slots.tryReserveSlot(context)).toBeNull();
    slots.markSlotUsed(used);
    const next = slots.reserveSlot(context, never);
    slots.releaseSlot(used);
    await next;
    slots.releaseSlot({ permit: {} });
    expect(slots.tryReserveSlot(context)).not.toBeNull();
    expect(free).toEqual([size, size - 1, size]);
  });

  it('are not given out while the database is away, and a wait for one can be ended', async () => {
    const slots = createActivitySlots({ size, database: watch });
    relay.cut();
    await itIs(false);
    expect(slots.tryReserveSlot(context)).toBeNull();
    const ending = new AbortController();
    const ended = slots.reserveSlot(context, ending.signal);
    ending.abort(new Error('the worker ends'));
    await expect(ended).rejects.toBe(ending.signal.reason);
    const waiting = slots.reserveSlot(context, never);
    relay.open();
    await waiting;
    expect(watch.isThere).toBe(true);
  });
});

describe('spare slots', () => {
  const context = {} as never;
  const used = { slotInfo: { type: 'activity', activityType: 'any' }, permit: {} } as const;
  /** Somebody who waits is heard of by `hear`, until `waiting` is false. */
  let waiting: boolean;
  let hear: () => void;
  let looks: number;
  const slotsWith = (spare: number) =>
    createActivitySlots({
      size,
      database: watch,
      spare: {
        size: spare,
        awaited: {
          onHeard: (listener) => void (hear = listener),
          areThere: () => {
            looks += 1;
            return Promise.resolve(waiting);
          },
        },
      },
    });
  /** All usual slots taken, and the polls for more. */
  async function full(spare: number, polls: number) {
    const slots = slotsWith(spare);
    const ending = new AbortController();
    for (let one = 0; one < size; one += 1) {
      await slots.reserveSlot(context, ending.signal);
      slots.markSlotUsed(used);
    }
    let given = 0;
    const reserved = Array.from({ length: polls }, () =>
      slots.reserveSlot(context, ending.signal).then(
        () => (given += 1),
        () => undefined,
      ),
    );
    const looked = () => until('a look', () => looks > 0);
    await looked();
    looks = 0;
    return { slots, given: () => given, looked, end: () => (ending.abort(new Error('over')), Promise.all(reserved)) };
  }
  beforeEach(() => {
    waiting = false;
    looks = 0;
  });

  it('are not given out while nobody waits', async () => {
    const { given, looked, end } = await full(2, 3);
    hear();
    await looked();
    await end();
    expect(given()).toBe(0);
  });

  it('are given out one for each who is heard of, however many polls there are, and the next one where another task came first', async () => {
    const { slots, given, end } = await full(2, 3);
    waiting = true;
    hear();
    await until('one', () => given() === 1);
    slots.markSlotUsed(used);
    await until('two', () => given() === 2);
    slots.markSlotUsed(used);
    hear();
    slots.releaseSlot(used);
    await until('what was given back', () => given() === 3);
    await end();
  });

  it('come back first: a usual one is there only when all of them are', async () => {
    const { slots, given, end } = await full(1, 2);
    waiting = true;
    hear();
    await until('the spare one', () => given() === 1);
    waiting = false;
    slots.releaseSlot(used);
    expect(slots.tryReserveSlot(context)).toBeNull();
    slots.releaseSlot(used);
    await until('a usual one', () => given() === 2);
    await end();
  });

  it('are none of what is free', async () => {
    const free: number[] = [];
    const slots = createActivitySlots({ size: 1, database: watch, onFree: (now) => void free.push(now) });
    await slots.reserveSlot(context, new AbortController().signal);
    slots.markSlotUsed(used);
    slots.markSlotUsed(used);
    expect(free).toEqual([1, 0, 0]);
  });
});

describe('a worker', () => {
  it.each(ways)('whose database %s leaves all activities to the other one, until it is back', async (_, breakIt) => {
    const place = await openWorkers();
    try {
      await place.runUntilBoth();
      breakIt();
      await itIs(false);
      // A poll that was under way comes back with a task, which the real activities then give back.
      const taken = await place.run(8);
      expect(taken.filter((name) => name !== 'fine').length).toBeLessThanOrEqual(size);
      expect(new Set(await place.run(12))).toEqual(new Set(['fine']));
      relay.open();
      await itIs(true);
      await place.runUntilBoth();
    } finally {
      await place.close();
    }
  });
});

/** Activities of one queue, run by a worker that is fine and by one behind the relay; each says who ran it. */
async function openWorkers() {
  const { address, namespace } = claimTemporal();
  const taskQueue = 'activities';
  // Two workers of a queue cannot share a connection.
  const connections = [
    await NativeConnection.connect({ address }),
    await NativeConnection.connect({ address }),
  ] as const;
  const client = new Client({ connection: await Connection.connect({ address }), namespace });
  const fixed = { type: 'fixed-size', numSlots: 2 } as const;
  const others = {
    workflowTaskSlotSupplier: fixed,
    localActivityTaskSlotSupplier: fixed,
    nexusTaskSlotSupplier: fixed,
  };
  const worker = (
    name: string,
    connection: NativeConnection,
    activityTaskSlotSupplier: typeof fixed | ReturnType<typeof createActivitySlots>,
  ) =>
    Worker.create({
      connection,
      namespace,
      taskQueue,
      tuner: { ...others, activityTaskSlotSupplier },
      activities: {
        who: async () => {
          // So long that the other one has its share.
          await Context.current().sleep(20);
          return name;
        },
      },
    });
  const workers = [
    await worker('fine', connections[0], fixed),
    await worker('behind the relay', connections[1], createActivitySlots({ size, database: watch })),
  ];
  const running = Promise.all(workers.map((each) => each.run()));
  const ask = (): Promise<string> =>
    client.activity.execute('who', { id: randomUUID(), taskQueue, startToCloseTimeout: '10s' });
  const run = (times: number) => Promise.all(Array.from({ length: times }, ask));
  return {
    run,
    runUntilBoth: () => until('both take a share', async () => new Set(await run(8)).size === 2, 20_000),
    async close() {
      for (const each of workers) each.shutdown();
      await running;
      await client.connection.close();
      for (const connection of connections) await connection.close();
    },
  };
}
