/** The data of a page is read again while the server is away. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createConnection } from '#lib/shell/connection.svelte.ts';
import OfflineNotice from '#lib/shell/offline-notice.svelte';
import { createReader } from '#lib/shell/page-reader.ts';
import { readAgain } from '#lib/shell/read-again.ts';
import { untilReached } from '#lib/shell/reach-server.ts';
import { renderAt } from './support/render.ts';

/** Made where a component is, as pages do. */
function createReaderAt(...given: Parameters<typeof createReader>): ReturnType<typeof createReader> {
  let reader!: ReturnType<typeof createReader>;
  const making = () => void (reader = createReader(...given));
  renderAt(making as never, {});
  return reader;
}

let statuses: number[] = [];
const asked: string[] = [];
// Kit takes the window's own when it reads, so the module wraps what is here when it is first used.
window.fetch = (input) => {
  asked.push(input instanceof Request ? input.url : input.toString());
  const status = statuses.shift() ?? 200;
  return status === 0 ? Promise.reject(new TypeError('refused')) : Promise.resolve({ status } as Response);
};
const dataUrl = () => `http://localhost${location.pathname}/__data.json?x-sveltekit-invalidated=01`;

beforeEach(() => {
  history.replaceState(null, '', '/dashboard');
  vi.useFakeTimers();
  asked.length = 0;
});
afterEach(() => vi.useRealTimers());

it('waits for the server, says so once it lasts, and takes it back', async () => {
  const connection = createConnection();
  statuses = [502, 0, 503, 502, 502];
  let read = 0;
  const reading = readAgain(
    async () => void (read = (await window.fetch(dataUrl())).status),
    connection,
    () => read,
  );
  await vi.advanceTimersByTimeAsync(3_400);
  expect([connection.away, asked.length]).toEqual([false, 3]);
  await vi.advanceTimersByTimeAsync(4_200);
  expect([connection.away, asked.length]).toEqual([true, 5]);
  await vi.advanceTimersByTimeAsync(60_000);
  await reading;
  expect([read, connection.away, asked.length]).toEqual([200, false, 6]);
});

it('leaves other errors and other addresses as they are', async () => {
  const connection = createConnection();
  statuses = [500, 502, 502];
  const seen: number[] = [];
  await readAgain(
    async () => {
      seen.push((await window.fetch(dataUrl())).status);
      seen.push((await window.fetch('/api/v1/user/profile')).status);
    },
    connection,
    () => seen.length,
  );
  seen.push((await window.fetch(dataUrl())).status);
  expect(seen).toEqual([500, 502, 502]);
});

it('reads once more what Kit passed over, and not without end', async () => {
  const connection = createConnection();
  let [reads, readAt] = [0, 1];
  const passedOver = (times: number) => () => {
    reads += 1;
    if (reads > times) readAt += 1;
    return Promise.resolve();
  };
  await readAgain(passedOver(1), connection, () => readAt);
  expect(reads).toBe(2);
  reads = 0;
  await readAgain(passedOver(100), connection, () => readAt);
  expect(reads).toBe(4);
});

it('reads once more for all who ask meanwhile, and for each page', async () => {
  let reads = 0;
  let end = () => {};
  const read = () => {
    reads += 1;
    return new Promise<void>((resolve) => (end = resolve));
  };
  const again = createReaderAt(read, () => reads);
  const all = [again(), again(), again()];
  expect(reads).toBe(1);
  end();
  await vi.waitFor(() => expect(reads).toBe(2));
  end();
  await Promise.all(all);
  expect(reads).toBe(2);
  void again();
  history.replaceState(null, '', '/changes');
  void again();
  expect(reads).toBe(4);
});

it.each([
  ['whole', false],
  ['unfiltered', true],
])('a page that was kept is marked: %s', (mark, unfiltered) => {
  document.documentElement.dataset.kept = mark;
  const connection = createConnection();
  const stop = connection.watch();
  expect([connection.away, connection.unfiltered]).toEqual([true, unfiltered]);
  connection.reached();
  expect([connection.away, connection.unfiltered]).toEqual([false, false]);
  stop();
  delete document.documentElement.dataset.kept;
});

it('says of a kept page that it is without the filter', () => {
  const { container } = renderAt(OfflineNotice, {
    renderedAt: Date.now(),
    offline: true,
    away: false,
    unfiltered: true,
  });
  expect(container.textContent).toContain('without your filter');
});

it('asks for a page that was kept until the server answers for it', async () => {
  statuses = [0, 502, 503];
  const reached = untilReached(new AbortController().signal);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await reached).toBe(true);
  expect(asked).toHaveLength(4);
});

it('asks no more where nobody waits', async () => {
  statuses = Array.from({ length: 100 }, () => 502);
  const over = new AbortController();
  const reached = untilReached(over.signal);
  await vi.advanceTimersByTimeAsync(1_500);
  over.abort();
  await vi.advanceTimersByTimeAsync(100);
  expect(await reached).toBe(false);
  statuses = [];
});
