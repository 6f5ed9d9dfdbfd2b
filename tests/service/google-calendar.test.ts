/** The whole service and a Google Calendar: whole in the end, whatever happens on the way, and with no secret left behind. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectControl } from '../portal/control-client.ts';
import type { RemoteControl } from '../portal/control-client.ts';
import { allowGoogle } from '../support/google-consent.ts';
import { googleEnv, googleError, startStandInGoogle, type StandInGoogle } from '../support/stand-in-google.ts';
import { stackProcesses, startStack, type Stack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { registerUser } from './client.ts';
import { databaseAsText, historiesAsText, logsAsText } from './searched.ts';

let stack: Stack;
let portal: RemoteControl;
let google: StandInGoogle;

beforeAll(async () => {
  google = await startStandInGoogle();
  const env = { RATE_LIMIT_SCALE: '0', OUTBOUND_ALLOW: '127.0.0.1', ...googleEnv(google.url) };
  stack = await startStack({ env });
  portal = connectControl(stack.portalUrl);
}, 300_000);
afterAll(async () => {
  await stack.stop();
  await google.close();
}, 60_000);

function killWorker(): void {
  const worker = stackProcesses(stack.dataDir).find(({ command }) => command.includes('temporal/worker.ts'));
  process.kill(worker!.pid, 'SIGKILL');
}

interface View {
  id: string;
  state: string;
  pending: number;
  error: string | null;
}

it(
  'is as the bookings are in the end, nothing twice, and no secret is left anywhere',
  { timeout: 300_000 },
  async () => {
    const username = 'googled@example.com';
    await portal.addUser({ username, password: 'entrechat', rentals: 137 });
    const user = await registerUser(stack.url);
    await user.connect(username, 'entrechat');
    await user.finished();

    let inserts = 0;
    const said: number[] = [];
    google.quirks.answer = ({ method, path }, response) => {
      if (method !== 'POST' || !path.endsWith('/events')) return false;
      inserts += 1;
      if (inserts === 30) killWorker();
      const status = { 60: 403, 80: 500, 100: 429 }[inserts];
      if (!status) return false;
      said.push(status);
      googleError(response, status, status === 500 ? 'backendError' : 'rateLimitExceeded', { 'retry-after': '1' });
      return true;
    };
    expect(await allowGoogle(stack.url, user.token)).toBe('/calendar?google=connected#push');
    const view = async () => {
      const { body } = await user.call<{ connections: View[] }>('GET', '/user/calendar-connections');
      return body.connections[0];
    };
    const settled = () =>
      until('the calendar is up to date', async () => {
        const seen = await view();
        return seen?.state === 'ok' && seen.pending === 0 && seen;
      });
    const { id } = await settled();
    expect(said).toEqual([403, 500, 429]);
    const shown = () => [...[...google.calendars.values()][0]!.events.values()];
    const { body: list } = await user.call<{ total: number; bookings: { id: string; status: string }[] }>(
      'GET',
      '/user/bookings?limit=100',
    );
    const ids = new Set(shown().map((event) => event.id));
    const idOf = (booking: string) => `${booking.replaceAll('-', '')}${id.slice(0, 8)}`;
    for (const { id: booking, status } of list.bookings)
      if (!/cancel|declin/i.test(status)) expect(ids).toContain(idOf(booking));
    expect(shown().length).toBeLessThanOrEqual(list.total);

    // Access runs out, as after seven days in testing: syncing goes on, and the rest follows when it is allowed again.
    const [rental] = await portal.rentals(username);
    await portal.updateRental(username, rental!.recordId, { studio: 'Studio 77', status: 'Approved' });
    google.refreshTokens.clear();
    await user.finished(await user.sync());
    await until('it needs its person', async () => (await view())?.error === 'access_revoked');
    const before = google.asked.length;
    expect((await user.finished(await user.sync())).job.status).toBe('completed');
    expect(google.asked.length).toBe(before);
    expect(await allowGoogle(stack.url, user.token)).toBe('/calendar?google=allowed#push');
    await settled();
    expect(shown().filter(({ location }) => location?.startsWith('Studio 77'))).toHaveLength(1);
    expect(new Set(shown().map((event) => event.id)).size).toBe(shown().length);

    const texts = {
      temporal: await historiesAsText(stack),
      database: await databaseAsText(stack),
      logs: logsAsText(stack),
    };
    for (const [where, text] of Object.entries(texts)) expect(text.includes('planted'), where).toBe(false);
    expect(texts.temporal).toContain(id);

    await user.call('DELETE', `/user/calendar-connections/${id}`);
    await until('all access is given back', () => google.refreshTokens.size === 0);
    expect(google.calendars.size).toBe(0);
  },
);
