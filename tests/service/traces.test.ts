/** One trace from the click to the statements that it ends in, of the whole service, with nothing in it of a person. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectControl, type RemoteControl } from '../portal/control-client.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { registerUser, type ApiUser } from './client.ts';

let collector: OtlpReceiver;
let stack: Stack;
let portal: RemoteControl;
const hooks: IncomingHttpHeaders[] = [];
const hookServer = createServer((request, response) => {
  hooks.push(request.headers);
  request.resume().on('end', () => response.writeHead(204).end());
});

beforeAll(async () => {
  collector = await startOtlpReceiver();
  await new Promise<void>((resolve) => hookServer.listen(0, '127.0.0.1', resolve));
  const env = {
    ...{ RATE_LIMIT_SCALE: '0', OUTBOUND_ALLOW: '127.0.0.1' },
    ...{
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=of%20the%20collector',
    },
  };
  stack = await startStack({ env });
  portal = connectControl(stack.portalUrl);
}, 300_000);
afterAll(async () => {
  await stack.stop();
  await collector.close();
  hookServer.close();
}, 60_000);

async function dancer(username: string, password = 'entrechat'): Promise<ApiUser> {
  await portal.addUser({ username, password, rentals: 60 });
  const user = await registerUser(stack.url);
  await user.connect(username, password);
  await user.finished();
  return user;
}

/** A click as a page of another traced service makes it. */
async function click(user: ApiUser, traceparent: string): Promise<{ jobId: string; requestId: string }> {
  const headers = { authorization: `Bearer ${user.token}`, traceparent };
  const answer = await fetch(`${stack.url}/api/v1/user/sync`, { method: 'POST', headers });
  expect(answer.status).toBe(202);
  const { job_id: jobId } = (await answer.json()) as { job_id: string };
  return { jobId, requestId: answer.headers.get('x-request-id')! };
}

const hex = () => randomUUID().replaceAll('-', '');

/** From a span up to the root, by name. */
function wayUp(spans: ReceivedSpan[], from: ReceivedSpan): ReceivedSpan[] {
  const parent = spans.find(({ spanId }) => spanId === from.parentId);
  return [from, ...(parent ? wayUp(spans, parent) : [])];
}

function logLines(): Record<string, unknown>[] {
  const folder = path.join(stack.dataDir, 'logs');
  const ours = readdirSync(folder).filter((name) => /^(web|worker)/.test(name));
  const text = ours.map((name) => readFileSync(path.join(folder, name), 'utf8')).join('\n');
  return text.match(/\{"level":.*\}/g)?.map((line) => JSON.parse(line) as Record<string, unknown>) ?? [];
}

describe('a click', () => {
  it('is one trace through web, update, workflow, activity, portal and SQL', { timeout: 120_000 }, async () => {
    const user = await dancer(`traced-${randomUUID()}@example.com`);
    const [traceId, caller] = [hex(), hex().slice(16)];
    const { jobId, requestId } = await click(user, `00-${traceId}-${caller}-01`);
    await user.finished(jobId);
    await collector.span(({ name, attributes }) => name === 'sync' && attributes['gibney.job.id'] === jobId);
    await collector.span((span) => span.traceId === traceId && span.name === 'activity closeSyncJob');
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    const staged = await collector.span((span) => span.traceId === traceId && span.name === 'insert staged_rentals');
    const way = wayUp(spans, staged);
    expect(way.map(({ name }) => name)).toEqual([
      'insert staged_rentals',
      expect.stringMatching(/^portal: /),
      'activity scrapeRentals',
      'sync',
      'handle requestSync',
      'update requestSync',
      'POST /api/v1/user/sync',
    ]);
    expect(new Set(way.slice(0, 5).map(({ service }) => service))).toEqual(new Set(['gibney-sync-worker']));
    const web = way.at(-1)!;
    expect(web).toMatchObject({ service: 'gibney-sync-web', parentId: caller });
    expect(web.attributes).toMatchObject({
      'http.route': '/api/v1/user/sync',
      'http.response.status_code': '202',
      'gibney.request.id': requestId,
      'gibney.user.id': user.id,
    });
    expect(way[2]!.attributes).toMatchObject({ 'temporal.attempt': '1', 'gibney.job.id': jobId });
    // Nothing hangs in the air.
    const ids = new Set(spans.map(({ spanId }) => spanId));
    expect(spans.filter(({ parentId }) => parentId !== caller && !ids.has(parentId))).toEqual([]);
    expect(spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['portal: open the list', 'portal: read the list', 'activity reconcileBookings']),
    );
    expect(collector.requests[0]!.headers['x-api-key']).toBe('of the collector');
  });

  it('is left out where its caller leaves it out', { timeout: 120_000 }, async () => {
    const user = await dancer(`untraced-${randomUUID()}@example.com`);
    const traceId = hex();
    const { jobId } = await click(user, `00-${traceId}-${hex().slice(16)}-00`);
    await user.finished(jobId);
    const other = hex();
    const second = await click(user, `00-${other}-${hex().slice(16)}-01`);
    await user.finished(second.jobId);
    await collector.span(({ name, traceId: of }) => name === 'sync' && of === other);
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });
});

describe('what is due', () => {
  it('has a trace of its own, which begins as the workflow wakes', { timeout: 120_000 }, async () => {
    const user = await dancer(`due-${randomUUID()}@example.com`);
    const sync = await collector.span(
      ({ name, attributes }) => name === 'sync' && attributes['gibney.user.id'] === user.id,
    );
    expect(sync).toMatchObject({ parentId: '', attributes: { 'gibney.trigger': 'schedule' } });
  });
});

describe('lines of the log', () => {
  it('say of which request, user, job and trace they are', { timeout: 120_000 }, async () => {
    const user = await dancer(`logged-${randomUUID()}@example.com`);
    await user.connect(`wrong-${randomUUID()}@example.com`, 'grand jete');
    await user.statusWhen(({ job }) => job?.status === 'failed');
    const { job } = await user.status();
    const line = await until('the attempt’s line', () =>
      logLines().find(({ msg, jobId }) => msg === 'Attempt failed' && jobId === job!.id),
    );
    expect(line).toMatchObject({ userId: user.id, trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string });
    const attempt = await collector.span(({ spanId }) => spanId === line.span_id);
    expect(attempt).toMatchObject({ traceId: line.trace_id, status: { message: 'invalid_credentials' } });
  });
});

describe('what goes out', () => {
  it('to receivers and the portal says nothing of traces', { timeout: 120_000 }, async () => {
    const user = await dancer(`hooked-${randomUUID()}@example.com`);
    const url = `http://127.0.0.1:${(hookServer.address() as AddressInfo).port}/secret-path`;
    const made = await user.call('POST', '/user/webhooks', { url });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    await user.finished(await user.sync());
    await until('it was told', () => hooks.length > 0);
    expect(hooks.flatMap((headers) => Object.keys(headers)).filter((name) => /trace|baggage/.test(name))).toEqual([]);
    const sent = await collector.span(({ name }) => name === 'deliver webhook');
    // What is within another span ends first, and may be exported first.
    const isWithin = () => wayUp(collector.spans, sent).some(({ name }) => name === 'activity deliverDue');
    await until('the activity that sent it', isWithin);
  });

  it('to the collector is nothing of a person', { timeout: 120_000 }, async () => {
    const username = `private-${randomUUID()}@example.com`;
    const user = await dancer(username, 'pas-de-chat-4711');
    const { body: feed } = await user.call<{ url: string }>('POST', '/user/feeds', { name: 'secret-feed-name' });
    expect(feed.url, JSON.stringify(feed)).toContain('/calendar/');
    const asked = [
      feed.url,
      '/settings?email=asked-for@example.com',
      '/call/secret-sheet-token',
      '/nowhere/secret-page',
    ];
    for (const page of asked) await fetch(new URL(page, stack.url)).catch(() => undefined);
    await user.call('GET', `/user/bookings/secret-id-of-nothing`);
    await user.call('POST', '/auth/token', { email: user.email, password: 'secret-wrong-password' });
    await fetch(`${stack.url}/api/trpc/secret.procedure`);
    await user.connect(username, 'secret-wrong-password');
    await user.statusWhen(({ job }) => job?.status === 'failed');
    const marker = hex();
    await fetch(`${stack.url}/sign-in`, { headers: { traceparent: `00-${marker}-${marker.slice(16)}-01` } });
    await collector.span(({ traceId }) => traceId === marker);
    await collector.span(
      ({ name, attributes, status }) =>
        name === 'sync' && attributes['gibney.user.id'] === user.id && status.message === 'invalid_credentials',
    );
    const rental = (await portal.rentals(username))[0]!;
    const sent = collector.requests.map(({ body }) => body.toString('latin1')).join('\n');
    const planted = [username, user.email, user.password, user.token, 'pas-de-chat-4711', rental.name, rental.recordId];
    for (const secret of [...planted, new URL(feed.url).pathname, 'asked-for', 'secret-', 'secret.'])
      expect(sent).not.toContain(secret);
    expect(collector.spans.map(({ name }) => name)).toContain('GET /calendar/[token].ics');
  });
});

describe('a collector that hangs', () => {
  it('holds no sync up, and is told of once', { timeout: 120_000 }, async () => {
    const user = await dancer(`hanging-${randomUUID()}@example.com`);
    collector.behave('silent');
    for (let sync = 0; sync < 3; sync += 1) {
      const { job } = await user.finished(await user.sync());
      expect(job.status).toBe('completed');
    }
    const told = () => logLines().filter(({ msg }) => String(msg).startsWith('traces cannot be sent'));
    await until('both parts say so', () => new Set(told().map(({ name }) => name)).size === 2);
    expect(told()).toHaveLength(2);
  });
});
