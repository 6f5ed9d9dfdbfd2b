/** Our server is away: behind its proxy, silent, or refusing. What was kept shows, and goes as soon as it is back. */
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, test } from './pages/fixtures.ts';

type Mode = 'fine' | 'bad gateway' | 'silent' | 'refused';

/** In front of the server. On the same host, so that the browser sends it the same cookies. */
async function startProxy(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let mode: Mode = 'fine';
  const server: Server = createServer((incoming, outgoing) => {
    if (mode === 'silent') return;
    if (mode === 'bad gateway') {
      outgoing.writeHead(502, { 'content-type': 'text/html' }).end('<h1>502 Bad Gateway</h1>');
      return;
    }
    const { url, method, headers } = incoming;
    const passed = ask({ hostname, port, path: url, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  server.on('connection', (socket) => {
    if (mode === 'refused') socket.destroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, hostname, resolve));
  return {
    url: `http://${hostname}:${(server.address() as AddressInfo).port}`,
    become(next: Mode) {
      mode = next;
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a server that is away leaves the kept page, in words, until it is back', async ({
  page,
  baseURL,
  dashboard,
  connected,
}) => {
  await connected(12);
  const proxy = await startProxy(baseURL!);
  const open = () => page.goto(`${proxy.url}/dashboard`, { waitUntil: 'domcontentloaded' });
  await open();
  await expect
    .poll(() => page.evaluate(async () => (await (await caches.match('/dashboard'))?.text()) ?? ''))
    .toContain('Successfully synced 12 bookings');
  const day = await dashboard.next.locator('.day').textContent();
  const notice = page.getByText('We cannot reach our server.');
  for (const mode of ['bad gateway', 'silent', 'refused'] as const) {
    proxy.become(mode);
    await open();
    await expect(notice, mode).toBeVisible();
    await expect(dashboard.next.locator('.day')).toHaveText(day!.trim());
    await expect(dashboard.panel).not.toContainText('Up to date');
    proxy.become('fine');
    await expect(notice, mode).toBeHidden({ timeout: 30_000 });
    await expect(dashboard.panel).toContainText('Up to date');
  }
  await proxy.close();
});

test('rows that cannot be read after a sync are read quietly until they come', async ({
  browser,
  page,
  portal,
  dancer,
  connected,
}) => {
  await connected(12);
  const context = await browser.newContext({
    storageState: await page.context().storageState(),
    serviceWorkers: 'block',
  });
  const own = await context.newPage();
  await own.goto('/dashboard');
  await expect(own.locator('[data-record]').first()).toBeVisible();
  const day = new Date(Date.now() + 3 * 86_400_000);
  const date = `${day.getUTCMonth() + 1}/${day.getUTCDate()}/${day.getUTCFullYear()}`;
  const added = await portal.addRental(dancer.username, {
    start: `${date} 6:00 PM`,
    end: `${date} 8:00 PM`,
    studio: 'Studio Q',
  });
  let refused = 0;
  await own.route('**/dashboard/__data.json*', (route) => {
    refused += 1;
    return refused <= 3 ? route.fulfill({ status: 502, body: '<h1>502 Bad Gateway</h1>' }) : route.continue();
  });
  await own.getByRole('button', { name: 'Sync Now' }).click();
  await expect.poll(() => refused, { timeout: 30_000 }).toBeGreaterThan(1);
  await expect(own.getByRole('heading', { name: 'Coming days' })).toBeVisible();
  await expect(own.locator(`[data-record="${added.recordId}"]`)).toBeVisible({ timeout: 30_000 });
  await context.close();
});
