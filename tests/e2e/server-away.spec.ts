/** Our server is away: behind its proxy, silent, or refusing. What was kept shows, and goes as soon as it is back. */
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Route } from '@playwright/test';
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
  const list = await context.newPage();
  await list.goto('/bookings');
  let refused = 0;
  await context.route('**/__data.json*', (route) => {
    refused += 1;
    return refused <= 6 ? route.fulfill({ status: 502, body: '<h1>502 Bad Gateway</h1>' }) : route.continue();
  });
  await own.getByRole('button', { name: 'Sync Now' }).click();
  await expect.poll(() => refused, { timeout: 30_000 }).toBeGreaterThan(3);
  await expect(own.getByRole('heading', { name: 'Coming days' })).toBeVisible();
  await expect(list.getByRole('heading', { name: 'Rentals', exact: true })).toBeVisible();
  for (const shown of [own, list])
    await expect(shown.locator(`[data-record="${added.recordId}"]`)).toBeVisible({ timeout: 30_000 });
  await context.close();
});

test('a form that our server does not answer keeps what was typed, and goes out afterwards', async ({
  browser,
  page,
  dancer,
  account,
}) => {
  await account.register(dancer.email, dancer.password);
  const context = await browser.newContext({
    storageState: await page.context().storageState(),
    serviceWorkers: 'block',
  });
  const own = await context.newPage();
  await own.goto('/settings/keys');
  const name = own.getByLabel('What it is for');
  const create = own.getByRole('button', { name: 'Create key' });
  await name.fill('Call sheet');
  await own.getByLabel('Everything').check();
  const answers: ((route: Route) => Promise<void>)[] = [
    (route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>502 Bad Gateway</h1>' }),
    (route) => route.abort('internetdisconnected'),
  ];
  for (const answer of answers) {
    await own.route('**/settings/keys?/create', answer, { times: 1 });
    await create.click();
    await expect(
      own.getByText('We could not reach the server. What you typed is still here; try again.'),
    ).toBeVisible();
    await expect(create).toBeFocused();
    await expect(name).toHaveValue('Call sheet');
    await expect(own.getByLabel('Everything')).toBeChecked();
  }
  await create.click();
  await expect(own.getByText('is ready. Copy the key now')).toBeVisible();
  await expect(own.getByText('We could not reach the server')).toHaveCount(0);

  // The choice that the form begins with is there for the next key, also where the server rendered the page.
  await name.fill('Lobby screen');
  await create.click();
  await expect(own.getByText('Lobby screen is ready.')).toBeVisible();
  await context.close();
});
