/** What an attempt waits for may fall silent, as after a sleep of the machine: the attempt ends all the same. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import type { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PortalDeps } from '#activities/deps.ts';
import { initOrm } from '#db/orm.ts';
import { startPortal, type Portal } from '#tests/portal/server.ts';
import { startRelay, type Relay } from '../../support/relay.ts';
import { useScrape, type Attempt, type Dancer } from './harness.ts';

const username = 'dancer@example.test';
const other = 'other@example.test';
const password = 'battement';
const never = () => new Promise<never>(() => {});

const isIn = ({ heartbeats }: Attempt, phase: string) =>
  heartbeats.some((beat) => (beat as { phase: string }).phase === phase);

let silent: Partial<PortalDeps> = {};
let temporalAnswers: () => Promise<void> = async () => undefined;
const scrape = useScrape(
  () => silent,
  () => temporalAnswers(),
);
let portal: Portal;
let relay: Relay;
/** One for each test: what was swallowed stays silent. */
const orms: MikroORM[] = [];
let dancer: Dancer;

beforeAll(async () => {
  portal = await startPortal({ users: [username, other].map((name) => ({ username: name, password, rentals: 137 })) });
  relay = await startRelay(scrape.database.url());
});
afterAll(async () => {
  await relay.close();
  await Promise.all(orms.map((orm) => orm.close()));
  await portal.close();
});
beforeEach(async () => {
  dancer = await scrape.connect(username, password);
  orms.push(await initOrm(relay.url));
});
afterEach(() => {
  relay.open();
  silent = {};
  temporalAnswers = async () => undefined;
});

describe('an attempt ends with its time', () => {
  it.each(['the database', 'the browser'])('where %s falls silent before it begins', async (part) => {
    silent = part === 'the browser' ? { browsers: { ...scrape.browsers(), warmUp: never } } : { orm: orms.at(-1)! };
    if (part === 'the database') relay.swallow();
    const { kind, message } = await scrape.fail(portal.url, dancer, { budgetMs: 2_000 });
    expect([kind, message]).toEqual(['timed_out', 'the time was up before a rental was read']);
  });

  it('where the database falls silent after the sign-in', { timeout: 60_000 }, async () => {
    silent = { orm: orms.at(-1)! };
    const attempt = await scrape.start(portal.url, await scrape.connect(other, password), { budgetMs: 10_000 });
    await portal.control.waitFor(({ goodLogins }) => goodLogins > 0, { user: other });
    relay.swallow();
    const outcome = await attempt.outcome;
    expect(outcome).toBeInstanceOf(ApplicationFailure);
    expect((outcome as ApplicationFailure).type).toBe('timed_out');
  });

  it('and well, where nobody takes its last report', async () => {
    temporalAnswers = never;
    const { result, staged } = await scrape.read(portal.url, dancer);
    expect([result.count, staged.length]).toEqual([137, 137]);
  });
});

describe('a canceled attempt ends at once', () => {
  it.each(['the database', 'the browser', 'the page'])('where %s is silent', async (part) => {
    if (part === 'the browser') silent = { browsers: { ...scrape.browsers(), warmUp: never } };
    if (part === 'the database') {
      silent = { orm: orms.at(-1)! };
      relay.swallow();
    }
    if (part === 'the page') portal.control.misbehave({ kind: 'hang', at: 'rows', user: username });
    const attempt = await scrape.start(portal.url, dancer);
    if (part === 'the page') await expect.poll(() => isIn(attempt, 'signing_in'), { timeout: 20_000 }).toBe(true);
    attempt.cancel();
    await expect(attempt.outcome).rejects.toBeInstanceOf(CancelledFailure);
    portal.control.reset();
  });
});
