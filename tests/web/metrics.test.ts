/** What /metrics says while parts are away and connections run out, and that no answer goes uncounted. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestEvent } from '@sveltejs/kit';
import { handle, handleError } from '../../web/src/hooks.server.ts';
import { createTestDatabase } from '../support/index.ts';
import { startRelay, type Relay } from '../support/relay.ts';
import type { TestDatabase } from '../support/index.ts';
import { startApp, type App } from './support/app.ts';
import { quietTemporal } from './support/temporal-double.ts';

const temporal = quietTemporal();
let database: TestDatabase;
let relay: Relay;
let app: App;

beforeAll(async () => {
  database = await createTestDatabase();
  relay = await startRelay(database.url);
  app = await startApp({ temporal, env: { DATABASE_URL: relay.url } });
});
beforeEach(() => {
  relay.cut(); // also what fell silent
  relay.open();
  temporal.away = false;
});
afterAll(async () => {
  relay.open();
  await app.close();
  await relay.close();
  await database.drop();
});

async function figure(series: string): Promise<number | null> {
  const { text } = await app.call('GET', '/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length));
}

const up = async () => [
  await figure('gibney_part_up{part="postgres"}'),
  await figure('gibney_part_up{part="temporal"}'),
];

describe('a part that is away', () => {
  it('is told, whichever it is', async () => {
    expect(await up()).toEqual([1, 1]);
    temporal.away = true;
    expect(await up()).toEqual([1, 0]);
    temporal.away = false;
    relay.cut();
    expect(await up()).toEqual([0, 1]);
    relay.open();
    expect(await up()).toEqual([1, 1]);
  });

  it('is told in time also where it is silent, and not only refuses', async () => {
    relay.swallow();
    // It stays silent until the answer is there.
    expect(await figure('gibney_part_up{part="postgres"}')).toBe(0);
  });
});

describe('connections', () => {
  it('are counted of every pool: who waits for one of the ORM’s is seen', async () => {
    const waiting = 'gibney_database_connections{pool="orm",state="waiting"}';
    expect(await figure(waiting)).toBe(0);
    expect(await figure('gibney_database_connections{pool="limits",state="waiting"}')).toBe(0);
    const freed = Promise.withResolvers<void>();
    const taken = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const hold = (started?: PromiseWithResolvers<void>) =>
      app.services.orm.em.fork().transactional(async (em) => {
        await em.execute('select 1');
        started?.resolve();
        await freed.promise;
      });
    const held = taken.map((one) => hold(one));
    await Promise.all(taken.map(({ promise }) => promise));
    const late = hold();
    const { text } = await app.call('GET', '/metrics');
    expect(text).toContain(`${waiting} 1\n`);
    expect(text).toContain('gibney_database_connections{pool="orm",state="used"} 5\n');
    freed.resolve();
    await Promise.all([...held, late]);
    expect(await figure(waiting)).toBe(0);
  });
});

describe('answers are counted', () => {
  const counted = (api: string, status: string) =>
    figure(`gibney_api_responses_total{api="${api}",status="${status}"}`);

  it.each([
    ['rest', '/api/v1/docs/none', '4xx'],
    ['feed', '/calendar/nobodys.ics', '4xx'],
    ['page', '/whoami', '2xx'],
    ['page', '/nowhere', '4xx'],
  ])('of %s: %s', async (api, path, status) => {
    const before = (await counted(api, status)) ?? 0;
    await app.call('GET', path);
    expect(await counted(api, status)).toBe(before + 1);
  });

  it('as errors of ours: a feed and a call while the database is away', async () => {
    const { token } = await app.newUser();
    const before = [(await counted('feed', '5xx')) ?? 0, (await counted('rest', '5xx')) ?? 0];
    relay.cut();
    await app.call('GET', `/calendar/${'a'.repeat(43)}.ics`);
    await app.call('GET', '/api/v1/user/bookings', { token });
    relay.open();
    expect([await counted('feed', '5xx'), await counted('rest', '5xx')]).toEqual(before.map((one) => one + 1));
  });

  const eventOf = (path: string) =>
    ({
      request: new Request(app.url + path),
      url: new URL(app.url + path),
      locals: {},
      route: { id: null },
      getClientAddress: () => '::1',
    }) as unknown as RequestEvent;

  it('as errors of ours: a page that throws', async () => {
    const event = eventOf('/dashboard');
    const resolve = () => Promise.reject(new Error('broken'));
    await expect(Promise.resolve(handle({ event, resolve }))).rejects.toThrow('broken');
    expect(await counted('page', '5xx')).toBe(1);
  });

  it('as errors of ours: data of a page that arrives with 200 and tells of an error', async () => {
    const before = await counted('page', '5xx');
    const event = eventOf('/dashboard/__data.json');
    await handle({
      event,
      async resolve() {
        await handleError({ kind: 'unknown', error: new Error('broken'), event });
        return new Response('{"type":"error"}');
      },
    });
    expect(await counted('page', '5xx')).toBe((before ?? 0) + 1);
  });

  it('but for probes and figures', async () => {
    const before = await counted('page', '2xx');
    await app.call('GET', '/healthz');
    expect(await counted('page', '2xx')).toBe(before);
  });
});
