import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdLine } from '#lib/sync/status-line.ts';
import type { StatusServer } from '#lib/sync/status-line.ts';
import { running, status } from './support/fixtures.ts';

type Answer = Awaited<ReturnType<StatusServer['ask']>>;

const away: Answer = { retryAfterSeconds: null };

/** A server whose streams and answers the test plays, and a page that listens. */
function line({ streams = true, answer = away }: { streams?: boolean; answer?: Answer } = {}) {
  const open: { send(view: ReturnType<typeof status>): void; cut(): void }[] = [];
  const closed: number[] = [];
  const heard: unknown[] = [];
  const page = new AbortController();
  const server = {
    asked: 0,
    answer,
    opened: () => open.length,
    newest: () => open.at(-1)!,
    stillOpen: () => open.length - closed.length,
  };
  const held = holdLine(
    {
      ...(streams && {
        stream(send, cut) {
          const index = open.push({ send, cut });
          return () => void closed.push(index);
        },
      }),
      async ask() {
        server.asked += 1;
        return server.answer;
      },
    } satisfies StatusServer,
    {
      onView: (view) => heard.push(view),
      onLine: (connected) => heard.push(connected),
      onOver: () => heard.push('over'),
    },
    page.signal,
  );
  return { server, heard, leave: () => page.abort(), held };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the line to the server', () => {
  it('is opened again after a cut, and says meanwhile what the server answers', async () => {
    const { server, heard, leave, held } = line();
    server.newest().send(status());
    expect(heard).toEqual([true, status()]);
    server.newest().cut();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.opened()).toBe(2);
    expect(heard.at(-1)).toBe(false);
    server.newest().send(running('reading', 50));
    expect(heard.slice(-2)).toEqual([true, running('reading', 50)]);
    leave();
    await held;
    expect(server.stillOpen()).toBe(0);
  });

  it.each([null, 0, 3, 600])('tries again within half a minute where it is told to wait %s seconds', async (wish) => {
    const { server, leave } = line();
    server.answer = { retryAfterSeconds: wish };
    for (let tries = 0; tries < 8; tries += 1) {
      server.newest().cut();
      await vi.advanceTimersByTimeAsync(29_000);
      expect(server.opened()).toBeGreaterThan(tries + 1);
    }
    leave();
  });

  it('waits as long as it is told to', async () => {
    const { server, leave } = line();
    server.answer = { retryAfterSeconds: 20 };
    server.newest().cut();
    await vi.advanceTimersByTimeAsync(19_900);
    expect(server.opened()).toBe(1);
    leave();
  });

  it.each(['online', 'focus'])('does not wait any longer at %s', async (event) => {
    const { server, leave } = line();
    server.answer = { retryAfterSeconds: 20 };
    server.newest().cut();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.opened()).toBe(1);
    dispatchEvent(new Event(event));
    await vi.advanceTimersByTimeAsync(0);
    expect(server.opened()).toBe(2);
    leave();
  });

  it('is opened anew in another network, where the old stream may be dead', async () => {
    const { server, leave } = line();
    server.newest().send(status());
    dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect([server.opened(), server.stillOpen()]).toEqual([2, 1]);
    leave();
  });

  it('gives a stream up that says nothing', async () => {
    const { server, leave, heard } = line();
    server.answer = { view: status() };
    await vi.advanceTimersByTimeAsync(10_000);
    expect([server.stillOpen(), heard]).toEqual([0, [true, status()]]);
    leave();
  });

  it('goes by answers alone where there are no streams, sooner while a sync runs', async () => {
    const { server, heard, leave } = line({ streams: false, answer: { view: running('reading', 50) } });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(server.asked).toBeGreaterThan(9);
    expect(heard).not.toContain(false);
    leave();
  });

  it('ends with the session', async () => {
    const { server, heard, held } = line();
    server.answer = 'over';
    server.newest().cut();
    await vi.advanceTimersByTimeAsync(1_000);
    await held;
    expect(heard).toEqual(['over']);
  });
});
