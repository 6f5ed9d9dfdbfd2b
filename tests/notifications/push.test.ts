/** Push by a push service over https: what the device reads, and what an answer leads to. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createDeliverDue } from '#activities/deliver-due.ts';
import { notePushFailure, readPushTarget } from '#db/queries/calendar-connections.ts';
import { listDeliveries, sendAgain } from '#db/queries/deliveries.ts';
import { readTarget } from '#db/queries/delivery-rounds.ts';
import { writePausedEvent, writeTestEvent } from '#db/queries/events.ts';
import { savePushDevice } from '#db/queries/push-devices.ts';
import { secretContext } from '#db/secrets.ts';
import type { DeliveryActivities } from '#domain/activities.ts';
import { createPushChannel } from '#notifications/push/channel.ts';
import { createOutbound, parseOutboundAllow } from '#platform/outbound.ts';
import { newVapidKeys, type Vapid } from '#platform/vapid.ts';
import { addCalendar } from '../db/calendars.ts';
import { makeConnectedUser, rental, secrets, syncList, textWith, useDatabase } from '../db/fixtures.ts';
import { affected, sql } from '../support/sql.ts';
import { startPushService, type Browser } from './push-service.ts';

type Answer = Awaited<ReturnType<DeliveryActivities['deliverDue']>>;

const { em, orm } = useDatabase();
const newVapid = (): Vapid => {
  const [publicKey, privateKey] = newVapidKeys().split(' ');
  return { publicKey: publicKey!, privateKey: privateKey!, subject: 'mailto:push@rentals.example.org' };
};
const vapid = newVapid();
const config = { PUBLIC_URL: 'https://rentals.test' };
const service = await startPushService();
const outbound = createOutbound(parseOutboundAllow('127.0.0.1')!, { timeoutMs: 2_000, maxBytes: 10_000 });
afterAll(() => (outbound.close(), service.close()));

let userId: string;
let device: string;
let alarms: LogEntry[];
beforeEach(async () => {
  service.reset();
  alarms = [];
  userId = await makeConnectedUser(em());
  device = await turnOn(service.subscribe());
});

async function turnOn({ endpoint, keys }: Browser, forKey = vapid.publicKey): Promise<string> {
  const seal = (id: string) =>
    secrets.seal(JSON.stringify({ ...keys, serverKey: forKey }), secretContext.targetSecret(id));
  const values = { id: randomUUID(), userId, endpoint, name: 'Chrome on Android', sessionId: null };
  const saved = await savePushDevice(em(), values, { seal, isSame: () => false }, 20);
  return (saved as { id: string }).id;
}

function deliver(targetId = device): Promise<Answer> {
  const push = createPushChannel({ outbound, secrets, vapid, config });
  const activity = createDeliverDue({ orm: orm(), channels: { push } });
  const logger = new DefaultLogger('ERROR', (entry) => void alarms.push(entry));
  const environment = new MockActivityEnvironment({}, { logger });
  return environment.run<[{ targetId: string }], Answer, typeof activity>(activity, { targetId });
}

const log = async () => (await listDeliveries(em(), userId, { limit: 100 })).deliveries;
const hurry = async () => {
  await affected(em(), sql`update delivery_targets set held_until = null where id = ${device}`);
  await affected(em(), sql`update deliveries set next_at = now() where target_id = ${device} and status = 'pending'`);
};
const answers = (status: number, body = '', headers: Record<string, string> = {}) =>
  service.answers((response) => response.writeHead(status, headers).end(body));
const shown = () => service.calls.map(({ message }) => message.notification);

const start = new Date('2030-06-01T22:00:00Z');
const at = (hours: number) => new Date(start.getTime() + hours * 3_600_000);

describe('a push', () => {
  it('says on the device what changed, signed by us and readable by nobody between', async () => {
    await syncList(em(), userId, [rental('a', { startsAt: start, studio: 'Studio 3' })]);
    await deliver();
    await syncList(em(), userId, [rental('a', { startsAt: at(1), studio: 'Studio 3' })]);
    await deliver();
    const [, { headers, claims, message, bytes }] = service.calls as [unknown, (typeof service.calls)[0]];
    const { bookingId, address, channel, attempts } = (await log())[0]!;
    expect(message).toMatchObject({ web_push: 8030, notification: { lang: 'en-US', tag: bookingId, renotify: true } });
    expect(message.notification.title).toBe('Moved: Sat, Jun 1 6:00 PM → 7:00 PM, Studio 3');
    expect(message.notification.body).toContain('7:00 PM to 8:00 PM');
    expect(message.notification.navigate).toBe(`https://rentals.test/bookings/${bookingId}`);
    expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', urgency: 'normal', ttl: String(7 * 86_400) });
    expect(headers.topic).toBe(bookingId!.replaceAll('-', ''));
    expect(claims.sub).toBe(vapid.subject);
    expect(bytes).toBeLessThan(4_096);
    expect([channel, address, attempts[0]!.responseStatus]).toEqual(['push', 'Chrome on Android', 201]);
  });

  it('tells of all that a sync found in one, with how many', async () => {
    const list = Array.from({ length: 40 }, (_, index) => rental(`r${index}`, { name: '🩰'.repeat(60) }));
    await syncList(em(), userId, list);
    await deliver();
    expect(shown().map(({ title }) => title)).toEqual(['40 changes to your rentals']);
    expect(shown()[0]!.body).toContain('And 32 more');
    expect(service.calls[0]!.bytes).toBeLessThan(4_096);
    expect((await log()).every(({ status }) => status === 'delivered')).toBe(true);
  });

  it('of two changes of one rental tells as one, in order where the first is tried again', async () => {
    answers(503);
    await syncList(em(), userId, [rental('a', { startsAt: start })]);
    expect((await deliver()).waitMs).toBeGreaterThan(0);
    await syncList(em(), userId, [rental('a', { startsAt: at(1) })]);
    await syncList(em(), userId, [rental('a', { startsAt: at(2) })]);
    expect((await deliver()).waitMs).toBeGreaterThan(0);
    service.reset();
    await hurry();
    await deliver();
    expect(shown().map(({ title }) => title.split(':')[0])).toEqual(['New', 'Moved']);
    expect(shown()[1]!.title).toContain('6:00 PM → 8:00 PM');
    expect(new Set(service.calls.map(({ headers }) => headers.topic)).size).toBe(1);
  });

  it('that a worker did not come to write down is the same message again, which replaces the first', async () => {
    await syncList(em(), userId, [rental('a')]);
    await deliver();
    const lost = sql`update deliveries set status = 'pending', done_at = null, sending_since = now(), next_at = now()
      where target_id = ${device}`;
    await affected(em(), lost);
    await deliver();
    const [first, second] = shown();
    expect(second).toEqual(first);
    expect((await log())[0]!.attempts.at(-1)!.answer).toContain('in place of the first');
    await sendAgain(em(), userId, (await log())[0]!.id);
    await deliver();
    expect(shown()[2]).toMatchObject({ tag: first!.tag });
    expect(shown()[2]!.data.id).not.toBe(first!.data.id);
  });

  it('says where syncing needs somebody, and not what they did themselves', async () => {
    await writePausedEvent(em(), userId, { pausedReason: 'user' });
    await writePausedEvent(em(), userId, { pausedReason: 'invalid_credentials' });
    await deliver();
    expect(shown().map(({ title }) => title)).toEqual(['Syncing is paused and needs you']);
  });

  it('as a test goes the same way, and counts for nothing', async () => {
    const test = () => writeTestEvent(em(), { userId, targetId: device, data: { message: 'Hello.' } });
    await test();
    await deliver();
    expect(shown()[0]).toMatchObject({ title: 'This is a test', body: 'Hello.', tag: 'test' });
    expect(service.calls[0]!.headers).toMatchObject({ urgency: 'high', ttl: '300' });
    answers(500);
    await test();
    await deliver();
    expect((await log())[0]).toMatchObject({ status: 'given_up' });
    expect(await readTarget(em(), device)).toMatchObject({ failures: 0, disabledReason: null });
  });
});

describe('what needs the person', () => {
  it('leads to where it can be seen to, and is not hidden by what else there is', async () => {
    const stop = async (id: string, error: 'credentials_refused' | 'calendar_full') =>
      notePushFailure(em(), (await readPushTarget(em(), id))!, error);
    await stop(await addCalendar(em(), userId), 'credentials_refused');
    await deliver();
    await syncList(
      em(),
      userId,
      Array.from({ length: 12 }, (_, index) => rental(`r${index}`)),
    );
    await stop(await addCalendar(em(), userId, 'https://c.test/other/'), 'calendar_full');
    await deliver();
    expect(shown()).toMatchObject([
      { title: 'Calendar Rentals needs you', body: textWith('app password'), navigate: textWith('/calendar') },
      { title: 'Calendar Rentals needs you', body: textWith('And 5 more'), navigate: textWith('/calendar') },
    ]);
  });

  it('is replaced on the device by that it works again', async () => {
    await writePausedEvent(em(), userId, { pausedReason: 'invalid_credentials' });
    await deliver();
    await affected(
      em(),
      sql`update portal_accounts set last_error_code = 'invalid_credentials' where user_id = ${userId}`,
    );
    await syncList(em(), userId, []);
    await deliver();
    expect(shown()).toMatchObject([
      { title: 'Syncing is paused and needs you', tag: 'sync' },
      { title: 'Syncing works again', tag: 'sync', navigate: 'https://rentals.test/dashboard' },
    ]);
  });
});

describe('a push service', () => {
  it.each([404, 410])('that answers %i ends the device: its keys go, its log stays', async (status) => {
    answers(status);
    await syncList(em(), userId, [rental('a')]);
    expect(await deliver()).toMatchObject({ waitMs: null });
    expect(await readTarget(em(), device)).toMatchObject({ disabledReason: 'gone', secretSealed: null });
    expect((await log())[0]).toMatchObject({ status: 'given_up', attempts: [{ error: textWith('no longer knows') }] });
    await syncList(em(), userId, [rental('a'), rental('b')]);
    expect(await deliver()).toMatchObject({ waitMs: null });
    expect(service.calls).toHaveLength(1);
  });

  it.each([
    [400, 'given_up'],
    [401, 'pending'],
    [403, 'pending'],
  ])('that answers %i alarms operators, and nobody is off: it is %s', async (status, stands) => {
    answers(status, '{"reason":"BadJwtToken"}');
    await syncList(em(), userId, [rental('a')]);
    await deliver();
    expect(alarms.map(({ message, meta }) => [message, meta?.status as unknown])).toEqual([
      ['A delivery failed for what is ours', status],
    ]);
    expect((await log())[0]).toMatchObject({ status: stands, attempts: [{ answer: textWith('BadJwtToken') }] });
    expect(await readTarget(em(), device)).toMatchObject({ failures: 0, disabledReason: null });
    if (stands === 'given_up') return;
    // An operator has mended the keys.
    answers(201);
    await hurry();
    await deliver();
    expect((await log())[0]).toMatchObject({ status: 'delivered' });
  });

  it('that finds a message too long gets it without its details', async () => {
    service.answers((response, { message }) => response.writeHead(message.notification.body ? 413 : 201).end());
    await syncList(em(), userId, [rental('a')]);
    await deliver();
    expect(shown().map(({ body }) => body === '')).toEqual([false, true]);
    expect((await log())[0]).toMatchObject({ status: 'delivered' });
  });

  it.each([
    [429, { 'retry-after': '7200' }, 7_000_000],
    [500, {}, 0],
    [302, { location: 'https://127.0.0.1:1/' }, 0],
  ])('that answers %i is asked again later', async (status, headers, atLeast) => {
    answers(status, '', headers);
    await syncList(em(), userId, [rental('a')]);
    expect((await deliver()).waitMs).toBeGreaterThan(atLeast);
    expect((await log())[0]).toMatchObject({ status: 'pending', attempts: [{ responseStatus: status }] });
    expect(service.calls).toHaveLength(1);
  });

  it('whose answer never ends is left, and asked again later', async () => {
    const pour = (response: ServerResponse) => void (response.write('x'.repeat(4_096)) && setImmediate(pour, response));
    service.answers((response) => (response.writeHead(500), pour(response)));
    await syncList(em(), userId, [rental('a')]);
    await deliver();
    expect((await log())[0]).toMatchObject({ status: 'pending', attempts: [{ error: 'The answer was too long.' }] });
  });
});

it('a device that was turned on for other keys of ours is not asked for ever', async () => {
  const other = await turnOn(service.subscribe(), newVapid().publicKey);
  await syncList(em(), userId, [rental('a')]);
  await deliver(other);
  expect(service.calls).toEqual([]);
  expect(await readTarget(em(), other)).toMatchObject({ disabledReason: 'gone' });
});
