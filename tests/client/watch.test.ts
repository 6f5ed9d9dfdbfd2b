/** The live status over a line that is cut, refused and brought back. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '#client/client.ts';
import type { GibneySyncError } from '#client/errors.ts';
import { json, problem, result, standIn, statuses } from './stand-in.ts';

const onStatus = 'GET /api/trpc/sync.onStatus';
const request = 'POST /api/trpc/sync.request';
const job = 'GET /api/trpc/sync.job';
const [ours, other] = ['6d1c0f4e-0000-4000-8000-000000000001', '6d1c0f4e-0000-4000-8000-000000000002'];
const view = (id: string, status: string) => ({ state: 'sleeping', scheduleReason: 'interval', job: { id, status } });
const accepted = result({ jobId: ours, status: 'pending', joined: true });

async function seen(found: AsyncIterable<{ job: unknown }>) {
  const jobs: unknown[] = [];
  for await (const one of found) jobs.push(one.job);
  return jobs;
}

describe('a line that was cut', () => {
  it('comes back by itself, and both is said', async () => {
    await using server = await standIn({
      [onStatus]: [statuses(view(ours, 'pending')), statuses(view(ours, 'running'))],
    });
    const heard: unknown[] = [];
    const watched = createClient({ url: server.url }).watch({ onLine: (lost) => heard.push(lost?.kind ?? null) });
    expect((await watched.next()).value).toEqual({
      ...{ state: 'sleeping', schedule_reason: 'interval', portal_held: false },
      job: { id: ours, status: 'pending' },
    });
    expect(heard).toEqual([]);
    server.cut();
    expect((await watched.next()).value).toMatchObject({ job: { status: 'running' } });
    expect(heard).toEqual(['unreachable', null]);
    await watched.return();
  });

  it('is given up in the end, with the reason', async () => {
    await using server = await standIn({ [onStatus]: [statuses(view(ours, 'running')), problem(503, 'away')] });
    const watched = createClient({ url: server.url }).watch({ giveUpAfterMs: 20 });
    await watched.next();
    server.cut();
    await expect(watched.next()).rejects.toMatchObject({ kind: 'unavailable', code: 'away' });
  });

  it('is not tried again where that is no use', async () => {
    await using server = await standIn({ [onStatus]: [statuses(view(ours, 'running')), problem(401, 'unauthorized')] });
    const watched = createClient({ url: server.url }).watch();
    await watched.next();
    server.cut();
    await expect(watched.next()).rejects.toMatchObject({ kind: 'signed_out' });
  });

  it('that never was is told at once', async () => {
    await using server = await standIn({ [onStatus]: [problem(503, 'away'), statuses(view(ours, 'running'))] });
    await expect(createClient({ url: server.url }).watch().next()).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('a service that says when to come back', () => {
  afterEach(() => void vi.useRealTimers());

  it('is not asked before', async () => {
    await using server = await standIn({
      [onStatus]: [problem(429, 'rate_limited', { 'retry-after': '60' }), statuses(view(ours, 'completed'))],
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const via = vi.fn(fetch);
    const lost = Promise.withResolvers<GibneySyncError | null>();
    const found = createClient({ url: server.url, fetch: via }).follow(ours, { onLine: lost.resolve }).next();
    expect(await lost.promise).toMatchObject({ kind: 'rate_limited', retryAfterSeconds: 60 });
    await vi.advanceTimersByTimeAsync(59_999);
    expect(via).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await found).value).toMatchObject({ job: { status: 'completed' } });
  });
});

describe('a sync', () => {
  const ended = {
    ...{ id: ours, status: 'completed', bookingsSynced: 3, added: 1, changed: 0, removed: 0, partial: false },
    ...{ createdAt: '2026-11-24T12:00:00.000Z', completedAt: '2026-11-24T12:01:00.000Z', errorMessage: null },
  };

  it('that was accepted goes on where its line is refused at first', async () => {
    await using server = await standIn({
      [request]: [accepted],
      [onStatus]: [problem(503, 'away'), statuses(view(ours, 'running'), view(ours, 'completed'))],
    });
    const heard: unknown[] = [];
    const { sync } = createClient({ url: server.url });
    const options = { fresh_session: true, from: '2026-11-24' };
    const jobs = await seen(sync({ options, onAccepted: (...given) => heard.push(given) }));
    expect(jobs).toEqual([view(ours, 'running').job, view(ours, 'completed').job]);
    expect(heard).toEqual([[ours, true]]);
    const asked = { options: { freshSession: true, from: '2026-11-24' } };
    expect(JSON.parse(server.calls[0]!.body)).toEqual(asked);
  });

  it('that was refused throws an error of ours', async () => {
    const refused = { error: { message: 'Paused.', data: { reason: 'paused' } } };
    await using server = await standIn({ [request]: [json(refused, 409)] });
    await expect(createClient({ url: server.url }).sync().next()).rejects.toMatchObject({
      ...{ name: 'GibneySyncError', kind: 'refused', code: 'paused', message: 'Paused.' },
    });
  });

  it('that ended while nobody looked is over, also where another one runs since', async () => {
    await using server = await standIn({
      [request]: [accepted],
      [onStatus]: [statuses(view(other, 'running'))],
      [job]: [result(ended)],
    });
    expect(await seen(createClient({ url: server.url }).sync())).toEqual([
      {
        ...{ id: ours, status: 'completed', phase: 'completed', progress: 'Successfully synced 3 bookings' },
        ...{ bookings_synced: 3, done: 3, total: 3, partial: false },
        ...{ completed_at: ended.completedAt, error_message: null },
      },
    ]);
  });

  it('that waits for another one is waited for, and is asked for no more often than that one changes', async () => {
    await using server = await standIn({
      [onStatus]: [
        statuses(
          ...[view(other, 'running'), view(other, 'running'), view(other, 'failed')],
          ...[view(ours, 'running'), view(ours, 'failed'), view(other, 'running')],
        ),
      ],
    });
    const jobs = await seen(createClient({ url: server.url }).follow(ours));
    expect(jobs).toEqual([view(ours, 'running').job, view(ours, 'failed').job]);
    expect(server.calls.filter(({ name }) => name === job)).toHaveLength(2);
  });

  it('is asked for once more where the service is away just then', async () => {
    await using server = await standIn({
      [onStatus]: [statuses(view(other, 'running'))],
      [job]: [problem(503, 'away'), result(ended)],
    });
    const heard: unknown[] = [];
    const { follow } = createClient({ url: server.url });
    const jobs = await seen(follow(ours, { onLine: (lost) => heard.push(lost?.code ?? null) }));
    expect(jobs).toMatchObject([{ id: ours, status: 'completed' }]);
    expect(heard).toEqual(['away', null]);
  });
});
