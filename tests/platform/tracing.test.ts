/** Spans and their way to a collector, which is a real one as far as its wire goes, and may be away, slow or broken. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorKindOf, parseTraceparent } from '#domain/traces.ts';
import { createTracing, type SamplerName } from '#platform/open-telemetry.ts';
import { inProject } from '#platform/paths.ts';
import type { Tracing } from '#platform/tracing.ts';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.ts';
import { until } from '../support/until.ts';

let receiver: OtlpReceiver;
const lines: string[] = [];
const log = pino({}, new Writable({ write: (line: Buffer, _encoding, done) => (lines.push(String(line)), done()) }));

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  lines.length = 0;
});
afterEach(() => receiver.close());

function tracingTo(endpoint: string, sampler: SamplerName = 'parentbased_always_on', ratio = 1): Tracing {
  return createTracing({ endpoint, headers: { 'x-key': 'a key' }, service: 'test', sampler, ratio, log });
}

const root = { name: 'root', parent: null } as const;
const traceId = '0af7651916cd43dd8448eb211c80319c';
const outside = (flags: string) => ({ traceparent: `00-${traceId}-b7ad6b7169203331-${flags}` });

describe('spans', () => {
  it('are sent as a tree, with the kind of a failure and not its message', async () => {
    const tracing = tracingTo(receiver.endpoint);
    const failing = tracing.inSpan({ ...root, attributes: { 'gibney.count': 3 } }, async () => {
      await nextTurn();
      tracing.inSpan({ name: 'part' }, () => 1);
      throw Object.assign(new Error('secret words'), { kind: 'portal_changed' });
    });
    await expect(failing).rejects.toThrow('secret words');
    await tracing.close();
    const [part, whole] = receiver.spans;
    expect(part).toMatchObject({ name: 'part', parentId: whole!.spanId, traceId: whole!.traceId, status: {} });
    expect(whole).toMatchObject({ service: 'test', name: 'root', parentId: '', events: [] });
    expect(whole!.attributes).toMatchObject({ 'gibney.count': '3', 'error.type': 'portal_changed' });
    expect(whole!.status).toEqual({ code: 2, message: 'portal_changed' });
    expect(receiver.requests[0]!.path).toBe('/v1/traces');
    expect(receiver.requests[0]!.headers['x-key']).toBe('a key');
    expect(receiver.requests.map(({ body }) => body.toString('latin1')).join()).not.toContain('secret words');
  });

  it('go on from a caller, and hand on where they are', async () => {
    const tracing = tracingTo(receiver.endpoint);
    const header = tracing.inSpan({ name: 'called', parent: outside('01') }, () => tracing.header());
    await tracing.close();
    expect(receiver.spans).toMatchObject([{ traceId, parentId: 'b7ad6b7169203331' }]);
    expect(parseTraceparent(header?.traceparent)).toEqual({
      traceId,
      spanId: receiver.spans[0]!.spanId,
      sampled: true,
    });
  });

  it('are not made for what goes on when the work is over, as a timer that was set in it', async () => {
    const tracing = tracingTo(receiver.endpoint);
    const later = Promise.withResolvers<void>();
    let seen: unknown = 'not asked';
    const work = () => {
      setTimeout(() => {
        seen = tracing.header();
        tracing.inSpan({ name: 'late' }, () => later.resolve());
      }, 10);
    };
    tracing.inSpan(root, work);
    await later.promise;
    await tracing.close();
    expect(seen).toBeNull();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['root']);
  });

  it('are not made outside of one', async () => {
    const tracing = tracingTo(receiver.endpoint);
    expect(tracing.inSpan({ name: 'alone' }, () => 7)).toBe(7);
    expect(tracing.ids()).toBeUndefined();
    await tracing.close();
    expect(receiver.spans).toEqual([]);
  });
});

describe('what is kept', () => {
  it.each([
    ['parentbased_always_on', '01', 1],
    ['parentbased_always_on', '00', 0],
    ['parentbased_always_off', '01', 1],
    ['always_on', '00', 1],
    ['always_off', '01', 0],
  ] as const)('with %s and a caller’s flag %s', async (sampler, flags, kept) => {
    const tracing = tracingTo(receiver.endpoint, sampler);
    tracing.inSpan({ name: 'called', parent: outside(flags) }, () => tracing.inSpan({ name: 'part' }, () => {}));
    await tracing.close();
    expect(receiver.spans).toHaveLength(kept * 2);
  });

  it('is a share of traces, the same ones in each process and for spans of workflows, and whole ones', async () => {
    const [one, other] = [0, 1].map(() => tracingTo(receiver.endpoint, 'parentbased_traceidratio', 0.25));
    for (let count = 0; count < 400; count += 1) {
      const id = crypto.randomUUID().replaceAll('-', '');
      const context = { traceId: id, spanId: id.slice(16), sampled: false };
      const times = { startMs: 1_000, endMs: 2_000 };
      one!.add({ name: 'sync', kind: 'internal', context, undecided: true, attributes: {}, ...times });
      const parent = { traceparent: `00-${id}-${context.spanId}-00`, undecided: true };
      other!.inSpan({ name: 'activity', parent }, () => other!.inSpan({ name: 'sql' }, () => {}));
    }
    await Promise.all([one!.close(), other!.close()]);
    const tracesOf = (span: string) =>
      receiver.spans.flatMap(({ name, traceId: id }) => (name === span ? [id] : [])).sort();
    expect(tracesOf('sync').length).toBeGreaterThan(50);
    expect(tracesOf('sync').length).toBeLessThan(150);
    expect(tracesOf('activity')).toEqual(tracesOf('sync'));
    expect(tracesOf('sql')).toEqual(tracesOf('sync'));
  });
});

describe('a collector that is of no use', () => {
  const spanMany = (tracing: Tracing, count: number) => {
    for (let made = 0; made < count; made += 1) tracing.inSpan(root, () => {});
  };
  const told = () => lines.filter((line) => line.includes('traces cannot be sent'));

  it('is told of once, holds nothing up, and is sent to again when it is back', { timeout: 60_000 }, async () => {
    const tracing = tracingTo(receiver.endpoint);
    receiver.behave('broken');
    for (let round = 0; round < 3; round += 1) {
      spanMany(tracing, 600);
      await until('it was asked again', () => receiver.requests.length > round);
    }
    await until('it was told', () => told().length > 0);
    expect(lines.join()).not.toContain('the collector is broken');
    receiver.behave('well');
    await until('it is well again', () => (spanMany(tracing, 1), lines.some((line) => line.includes('sent again'))));
    await tracing.close();
    expect(told()).toHaveLength(1);
    expect(receiver.spans.length).toBeGreaterThan(0);
  });

  it('that is away costs no more than a bounded queue', { timeout: 60_000 }, async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    const tracing = tracingTo(`http://127.0.0.1:${port}`);
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < 20; round += 1) {
      spanMany(tracing, 5_000);
      await nextTurn();
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150e6);
    await until('it was told', () => told().length === 1);
    expect(told()[0]).toContain('ECONNREFUSED');
    await tracing.close();
  });

  it('that never answers is not waited for at the end, not even until the request is given up', async () => {
    receiver.behave('silent');
    const tracing = tracingTo(receiver.endpoint);
    spanMany(tracing, 10);
    await tracing.close();
    expect(receiver.requests).toHaveLength(1);
    expect(receiver.givenUp).toBe(0);
  });
});

describe('the kind of an error', () => {
  it.each([
    [{ kind: 'portal_changed', message: 'x' }, 'portal_changed'],
    [{ type: 'internal', name: 'ApplicationFailure' }, 'internal'],
    [Object.assign(new Error('duplicate key (email)=(a@b.example)'), { code: '23505' }), '23505'],
    [new TypeError('of a@b.example'), 'TypeError'],
    [{ kind: 'a@b.example', type: 'two words', name: 'Odd' }, 'Odd'],
    ['a@b.example', 'unknown'],
    [null, 'unknown'],
  ])('of %o is %s', (error, kind) => expect(errorKindOf(error)).toBe(kind));
});

/** Which packages of OpenTelemetry a process has loaded that has all that web and worker have of traces. */
async function loadedWith(endpoint: string): Promise<string[]> {
  const program = `
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({ load: (url, context, next) => (seen.add(url.match(/@opentelemetry.([a-z-]+)/)?.[1]), next(url, context)) });
    const { loadConfig } = await import('#platform/config.ts');
    const { startTracing } = await import('#platform/start-tracing.ts');
    await startTracing(loadConfig(), 'worker', { warn() {}, info() {} });
    for (const part of ['temporal/connection', 'temporal/trace-activities', 'db/orm', 'platform/log', 'activities/index'])
      await import('./' + part + '.ts');
    console.log(JSON.stringify([...seen].filter(Boolean)));
    process.exit();`;
  const env = {
    ...{ PATH: process.env.PATH, DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c', TEMPORAL_ADDRESS: '127.0.0.1:1' },
    ...{ PORTAL_URL: 'http://127.0.0.1:1', CREDENTIALS_KEYS: `k:${Buffer.alloc(32).toString('base64')}` },
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  };
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: inProject(), env });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as string[];
}

it('is loaded where there is an endpoint, and else not at all', { timeout: 120_000 }, async () => {
  expect(await loadedWith('')).toEqual([]);
  expect(await loadedWith('http://127.0.0.1:1')).toEqual(expect.arrayContaining(['api', 'sdk-trace']));
});
