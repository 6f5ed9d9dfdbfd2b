import type { ServerResponse } from 'node:http';
import { createPublicKey, randomBytes, randomUUID, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { DueDelivery, TargetRow } from '#db/queries/delivery-rounds.ts';
import { createSecrets, secretContext } from '#db/secrets.ts';
import { receiverLimits } from '#notifications/answers.ts';
import { createWebhookChannel } from '#notifications/webhooks/channel.ts';
import { endedKeys, newWebhookKeys, publicKeyOf } from '#notifications/webhooks/keys.ts';
import { createOutbound, parseOutboundAllow } from '#platform/outbound.ts';
import { startReceiver, type Call } from './receiver.ts';

const receiver = await startReceiver();
const limits = { ...receiverLimits, timeoutMs: 500, maxBytes: 10_000 };
const outbound = createOutbound(parseOutboundAllow('127.0.0.1')!, limits);
const secrets = createSecrets([{ id: 'test', key: randomBytes(32) }]);
const channel = createWebhookChannel({ outbound, secrets });
afterAll(() => (outbound.close(), receiver.close()));
beforeEach(() => {
  receiver.calls.length = 0;
  receiver.answers((response) => response.end('thanks'));
});

const id = randomUUID();
const keys = newWebhookKeys();
const sealed = (some = keys) => secrets.seal(JSON.stringify(some), secretContext.targetSecret(id));

function target(values: Partial<TargetRow> = {}): TargetRow {
  return {
    ...{ id, userId: randomUUID(), channel: 'webhook', address: receiver.url, secretSealed: sealed() },
    ...{ previousSecretSealed: null, previousUntil: null, disabledReason: null, failures: 0, failingSince: null },
    ...{ heldUntil: null, warned: 0, told: 0, revision: 0, ...values },
  };
}

function delivery(): DueDelivery {
  const data = { booking: { name: 'Räume für “Plié”', studio: 'Studio 3' }, before: null, after: null };
  const about = { type: 'booking.added', at: new Date('2026-11-29T14:02:11.120Z'), data } as const;
  return { id: randomUUID(), eventId: randomUUID(), tries: 0, isTest: false, ...about };
}

const send = async (to = target(), what = [delivery()]) =>
  channel.deliver(to, what, new AbortController().signal).then((tried) => tried[0]!);

const headersOf = ({ headers }: Call) => headers as Record<string, string>;

function verifiesByKey({ headers, body }: Call, publicKey: string): boolean {
  const spki = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    Buffer.from(publicKey.slice(5), 'base64'),
  ]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const content = Buffer.from(`${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`);
  const signatures = (headers['webhook-signature'] as string).split(' ').filter((one) => one.startsWith('v1a,'));
  return signatures.some((one) => verify(null, content, key, Buffer.from(one.slice(4), 'base64')));
}

describe('a call', () => {
  it('is what the specification says, and its own library verifies it', async () => {
    const sent = delivery();
    expect(await send(target(), [sent])).toEqual({ outcome: 'delivered', status: 200, answer: 'thanks' });
    const call = receiver.calls[0]!;
    expect(new Webhook(keys.secret).verify(call.body, headersOf(call))).toEqual({
      type: 'booking.added',
      timestamp: '2026-11-29T14:02:11.120Z',
      data: sent.data,
    });
    expect(call.headers).toMatchObject({ 'webhook-id': sent.eventId, 'content-type': 'application/json' });
    expect(Math.abs(Number(call.headers['webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(60);
    expect(verifiesByKey(call, publicKeyOf(keys))).toBe(true);
  });

  it('waits for no other at the same host, however many there are', async () => {
    const together = createOutbound(parseOutboundAllow('127.0.0.1')!, receiverLimits);
    const many = createWebhookChannel({ outbound: together, secrets });
    const held: ServerResponse[] = [];
    receiver.answers((response) => held.push(response) === 24 && held.forEach((one) => one.end()));
    const users = Array.from({ length: 3 }, () => Array.from({ length: 8 }, delivery));
    const tried = await Promise.all(users.map((sent) => many.deliver(target(), sent, new AbortController().signal)));
    expect(tried.flat().filter(({ outcome }) => outcome === 'delivered')).toHaveLength(24);
    together.close();
  });

  it('is verified by no other key, and not where anything of it was changed', async () => {
    await send();
    const call = receiver.calls[0]!;
    const other = newWebhookKeys();
    expect(() => new Webhook(other.secret).verify(call.body, headersOf(call))).toThrow();
    expect(verifiesByKey(call, publicKeyOf(other))).toBe(false);
    const later = String(Number(call.headers['webhook-timestamp']) + 1);
    for (const [name, value] of [
      ['webhook-id', 'another'],
      ['webhook-timestamp', later],
    ] as const) {
      const headers = { ...headersOf(call), [name]: value };
      expect(() => new Webhook(keys.secret).verify(call.body, headers)).toThrow();
    }
    expect(() => new Webhook(keys.secret).verify(`${call.body} `, headersOf(call))).toThrow();
  });

  it('is signed with the keys before as well, until their time is over', async () => {
    const fresh = newWebhookKeys();
    const changed = (until: number) =>
      target({
        secretSealed: sealed(fresh),
        previousSecretSealed: sealed(),
        previousUntil: new Date(Date.now() + until),
      });
    await send(changed(3_600_000));
    await send(changed(-1));
    const [during, after] = receiver.calls as [Call, Call];
    for (const { secret } of [keys, fresh]) new Webhook(secret).verify(during.body, headersOf(during));
    expect([verifiesByKey(during, publicKeyOf(keys)), verifiesByKey(during, publicKeyOf(fresh))]).toEqual([true, true]);
    new Webhook(fresh.secret).verify(after.body, headersOf(after));
    expect(() => new Webhook(keys.secret).verify(after.body, headersOf(after))).toThrow();
  });

  it('is signed with each of several keys before, to its own end', async () => {
    const [ended, older, last, fresh] = Array.from({ length: 4 }, () => newWebhookKeys());
    const until = (ms: number) => new Date(Date.now() + ms);
    const seal = (text: string) => secrets.seal(text, secretContext.targetSecret(id));
    const first = { text: endedKeys(ended!, null), until: until(-1) };
    const second = { text: endedKeys(older!, first), until: until(3_600_000) };
    const previousSecretSealed = seal(endedKeys(last!, second));
    await send(target({ secretSealed: sealed(fresh), previousSecretSealed, previousUntil: until(7_200_000) }));
    const [call] = receiver.calls as [Call];
    for (const { secret } of [fresh!, last!, older!]) new Webhook(secret).verify(call.body, headersOf(call));
    expect(() => new Webhook(ended!.secret).verify(call.body, headersOf(call))).toThrow();
  });

  it('has the same id when it is repeated, and another timestamp and signature', async () => {
    const sent = delivery();
    await send(target(), [sent]);
    await send(target(), [sent]);
    const [first, second] = receiver.calls as [Call, Call];
    expect(first.headers['webhook-id']).toBe(second.headers['webhook-id']);
    expect(first.body).toBe(second.body);
  });
});

describe('an answer', () => {
  it.each([200, 201, 202, 204, 299])('of %d takes it', async (status) => {
    receiver.answers((response) => response.writeHead(status).end());
    expect(await send()).toMatchObject({ outcome: 'delivered', status });
  });

  it.each([301, 307, 400, 404, 500, 503])('of %d does not', async (status) => {
    receiver.answers((response) => response.writeHead(status, { location: receiver.url }).end('no'));
    expect(await send()).toMatchObject({ outcome: 'failed', status, answer: 'no' });
    expect(receiver.calls).toHaveLength(1);
  });

  it('of 410 says that it is gone', async () => {
    receiver.answers((response) => response.writeHead(410).end());
    expect(await send()).toMatchObject({ outcome: 'failed', gone: true });
  });

  it('may say how long to wait, in seconds or as a date, and that it wants no more of this', async () => {
    receiver.answers((response) => response.writeHead(429, { 'retry-after': '120' }).end());
    expect(await send()).toMatchObject({ retryAfterMs: 120_000 });
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    receiver.answers((response) => response.writeHead(503, { 'retry-after': date }).end());
    const { retryAfterMs } = (await send()) as { retryAfterMs: number };
    expect(retryAfterMs / 60_000).toBeGreaterThan(50);
    receiver.answers((response) => response.writeHead(500, { 'webhook-delivery': 'abort-message' }).end());
    expect(await send()).toMatchObject({ abort: true });
  });

  it('that never comes is a failure, and one that is cut off before its status', async () => {
    receiver.answers(() => undefined);
    expect(await send()).toMatchObject({ outcome: 'failed', error: expect.stringContaining('no answer') as string });
    receiver.answers((response) => response.destroy());
    expect(await send()).toMatchObject({ outcome: 'failed', error: 'The address could not be reached.' });
  });

  it('is its status, however long, slow or broken its text is, of which the beginning is kept', async () => {
    receiver.answers((response) => response.end('y'.repeat(9_000)));
    expect((await send()).answer).toHaveLength(500);
    const taken = (answer: unknown) => ({ outcome: 'delivered', status: 200, answer });
    receiver.answers((response) => response.end('x'.repeat(20_000)));
    expect(await send()).toEqual(taken('x'.repeat(500)));
    receiver.answers((response) => response.write('more to come'));
    expect(await send()).toEqual(taken('more to come'));
    receiver.answers((response) => response.write('cut', () => response.destroy()));
    expect(await send()).toEqual(taken(expect.any(String)));
    receiver.answers((response) => response.writeHead(503, { 'retry-after': '120' }).write('busy'));
    expect(await send()).toMatchObject({ outcome: 'failed', status: 503, answer: 'busy', retryAfterMs: 120_000 });
  });

  it('of an address inside is never asked for', async () => {
    const address = receiver.url.replace('127.0.0.1', '127.0.0.2');
    expect(await send(target({ address }))).toMatchObject({
      error: expect.stringContaining('public internet') as string,
    });
    expect(receiver.calls).toEqual([]);
  });
});
