/** The whole service and a calendar of a person: filled although the worker is killed in the middle, then changed by a sync. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectControl } from '../portal/control-client.ts';
import type { RemoteControl } from '../portal/control-client.ts';
import { startStandInCalendar, type StandInCalendar } from '../support/stand-in-calendar.ts';
import { stackProcesses, startStack, type Stack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { registerUser } from './client.ts';

let stack: Stack;
let portal: RemoteControl;
let calendar: StandInCalendar;

beforeAll(async () => {
  calendar = await startStandInCalendar();
  stack = await startStack({ env: { RATE_LIMIT_SCALE: '0', OUTBOUND_ALLOW: '127.0.0.1' } });
  portal = connectControl(stack.portalUrl);
}, 300_000);
afterAll(async () => {
  await stack.stop();
  await calendar.close();
}, 60_000);

function killWorker(): void {
  const worker = stackProcesses(stack.dataDir).find(({ command }) => command.includes('temporal/worker.ts'));
  process.kill(worker!.pid, 'SIGKILL');
}

it(
  'is as the bookings are in the end, nothing twice, and with what the person added',
  { timeout: 180_000 },
  async () => {
    const username = 'pushed@example.com';
    await portal.addUser({ username, password: 'entrechat', rentals: 137 });
    const user = await registerUser(stack.url);
    await user.connect(username, 'entrechat');
    await user.finished();

    let puts = 0;
    calendar.quirks.answer = ({ method }) => {
      if (method === 'PUT' && ++puts === 40) killWorker();
      return false;
    };
    const made = await user.call<{ id: string }>('POST', '/user/calendar-connections', {
      kind: 'caldav',
      ...calendar.login,
    });
    expect(made.status).toBe(201);
    const path = `/user/calendar-connections/${made.body.id}`;
    const settled = () =>
      until('the calendar is up to date', async () => {
        const { body } = await user.call<{ state: string; pending: number }>('GET', path);
        return body.state === 'ok' && body.pending === 0 && body;
      });
    await until('the worker was killed', () => puts >= 40);
    const [firstPath, first] = [...calendar.objects][0]!;
    calendar.objects.set(firstPath, first.replace('END:VEVENT', 'X-PERSON:was here\r\nEND:VEVENT'));
    await settled();
    const { body: list } = await user.call<{ bookings: { id: string; status: string }[] }>(
      'GET',
      '/user/bookings?limit=100',
    );
    expect(list.bookings.length).toBeGreaterThan(0);
    const uids = [...calendar.objects.values()].map((event) => /^UID:(.*)$/m.exec(event)![1]!.trim());
    expect(new Set(uids).size).toBe(uids.length);
    const held = list.bookings.filter(({ status }) => !/cancel|declin/i.test(status));
    for (const { id } of held) expect(uids).toContain(`${id}@gibney-sync`);

    const [rental] = await portal.rentals(username);
    const before = [...calendar.objects.values()].filter((event) => event.includes(rental!.name));
    expect(before.length).toBeLessThanOrEqual(1);
    await portal.updateRental(username, rental!.recordId, { studio: 'Studio 77', status: 'Approved' });
    calendar.asked.length = 0;
    await user.finished(await user.sync());
    await until('the change is there', () =>
      [...calendar.objects.values()].some((event) => event.includes(rental!.name) && event.includes('Studio 77')),
    );
    await settled();
    // Before a turn the calendar itself is looked at, which may be gone.
    const events = calendar.asked.map((asked) => asked.path).filter((asked) => !calendar.calendars.has(asked));
    expect(new Set(events).size).toBe(1);
    expect(calendar.objects.get(firstPath)).toContain('X-PERSON:was here');
  },
);
