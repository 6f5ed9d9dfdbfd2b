/** Push in Firefox, end to end: its own push client, its own decryption, our service worker, our workers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFirefox } from '#tests/support/firefox.ts';
import { startMozillaPush } from '#tests/support/mozilla-push.ts';
import { expect, test } from './pages/fixtures.ts';

interface Listed {
  subscriptions: { id: string; name: string; last_delivered_at: string | null }[];
}

test('a Firefox is turned on in the settings and shows what our workers send', async ({ request, dancer }) => {
  const folder = await mkdtemp(join(tmpdir(), 'gibney-firefox-'));
  const push = await startMozillaPush();
  const firefox = await startFirefox(folder, push.url);
  try {
    // A skip is thrown.
    test.skip(firefox === null, 'there is no Firefox here that starts');
    const { email, password } = dancer;
    await request.post('/api/v1/auth/register', { data: { email, password } });
    const signedIn = await request.post('/api/v1/auth/token', { data: { email, password } });
    const { access_token: token } = (await signedIn.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${token}` };
    const devices = async () =>
      ((await (await request.get('/api/v1/user/push-subscriptions', { headers })).json()) as Listed).subscriptions;
    const base = process.env.E2E_BASE_URL!;
    await firefox!.setCookie('gibney-sync.session_token', token, new URL(base).hostname);
    const page = `${base}/settings/notifications`;
    const button = `[...document.querySelectorAll('button:enabled')].find((one) => /^Turn on/.test(one.innerText))`;
    // Firefox answers no subscription that is asked for in its first seconds.
    await expect(async () => {
      await firefox!.open(page);
      await expect.poll(() => firefox!.evaluate(`Boolean(${button})`), { timeout: 4_000 }).toBe(true);
      await firefox!.evaluate(`${button}.click()`);
      await expect.poll(async () => (await devices()).length, { timeout: 4_000 }).toBe(1);
    }).toPass();
    const [device] = await devices();
    expect(device!.name).toMatch(/^Firefox on /);

    await request.post(`/api/v1/user/push-subscriptions/${device!.id}/test`, { headers });
    const shown = `(await navigator.serviceWorker.ready).getNotifications().then((all) => all.map((one) => one.title))`;
    await expect.poll(() => firefox!.evaluate(shown)).toEqual(['This is a test']);
    await expect.poll(async () => (await devices())[0]!.last_delivered_at).not.toBeNull();
  } finally {
    await firefox?.close();
    push.close();
    await rm(folder, { recursive: true, force: true });
  }
});
