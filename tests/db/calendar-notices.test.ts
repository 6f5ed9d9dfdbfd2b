/** What people are told where a calendar that they have connected stops. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  endConnection,
  notePushFailure,
  noteUpToDate,
  readPushTarget,
  reviveConnection,
} from '#db/queries/calendar-connections.ts';
import { claimBundle } from '#db/queries/delivery-bundles.ts';
import { listDeliveries } from '#db/queries/deliveries.ts';
import { listEvents } from '#db/queries/events.ts';
import { writeNoticeChoices, type NoticeChoice } from '#db/queries/notices.ts';
import { calendarFailures, type CalendarFailureCode } from '#domain/calendar-failures.ts';
import { addCalendar } from './calendars.ts';
import { makeConnectedUser, secrets, useDatabase } from './fixtures.ts';
import { addTarget } from './targets.ts';

const { em } = useDatabase();
let userId: string;

beforeEach(async () => {
  userId = await makeConnectedUser(em());
});

const choose = async (values: Pick<NoticeChoice, 'kinds'> & Partial<NoticeChoice>) =>
  (await writeNoticeChoices(em(), userId, { digestAt: null, quiet: null, urgentPasses: true, ...values }))[0]!;
const digestAt = '21:00';

describe('a calendar that stopped', () => {
  const types = async () => (await listEvents(em(), userId, { limit: 50 })).events.map(({ type }) => type);
  const heard = async () =>
    (await listDeliveries(em(), userId, { limit: 50 })).deliveries.map(({ channel, event }) => [channel, event]);
  const stop = async (id: string, error: CalendarFailureCode) =>
    notePushFailure(em(), (await readPushTarget(em(), id))!, error);
  const revive = (id: string) => reviveConnection(em(), secrets, { userId, id, password: 'another' });

  it('is told once, with what to do, and again once it had worked', async () => {
    const id = await addCalendar(em(), userId);
    await stop(id, 'server_unavailable');
    expect(await types()).toEqual([]);
    const { targets } = (await stop(id, 'credentials_refused'))!;
    expect(targets).toHaveLength(1);
    await stop(id, 'credentials_refused');
    await revive(id);
    await stop(id, 'credentials_refused');
    expect(await heard()).toEqual([['mail', 'calendar.needs_you']]);
    const { events } = await listEvents(em(), userId, { limit: 1 });
    expect(events).toMatchObject([
      {
        type: 'calendar.needs_you',
        data: {
          calendar: { id, kind: 'caldav', name: 'Rentals' },
          reason: 'credentials_refused',
          message: calendarFailures.credentials_refused.message,
        },
      },
    ]);
    await revive(id);
    await noteUpToDate(em(), (await readPushTarget(em(), id))!);
    await stop(id, 'credentials_refused');
    expect(await types()).toEqual(['calendar.needs_you', 'calendar.needs_you']);
  });

  it('is told to whom is told where syncing needs them, and waits for no digest', async () => {
    const mail = await choose({ kinds: ['sync.paused'], digestAt });
    const device = await addTarget(em(), userId, {
      channel: 'push',
      address: 'https://p.test/1',
      events: ['sync.paused'],
    });
    await addTarget(em(), userId, { channel: 'push', address: 'https://p.test/2', events: ['booking.added'] });
    const hook = await addTarget(em(), userId);
    await addTarget(em(), userId, { events: ['sync.paused'] });
    await addTarget(em(), userId, { events: ['booking.changed'] });
    const own = await addTarget(em(), userId, { events: ['calendar.needs_you'] });
    const told = (await stop(await addCalendar(em(), userId), 'calendar_gone'))!;
    expect(told.targets.sort()).toEqual([mail, device, hook, own].sort());
    expect(
      (await listDeliveries(em(), userId, { limit: 10 })).deliveries.every(
        ({ nextAt }) => nextAt!.getTime() <= Date.now(),
      ),
    ).toBe(true);
    await choose({ kinds: ['sync.paused'], digestAt: '22:00' });
    expect((await claimBundle(em(), { id: mail, userId }, 100)).deliveries).toMatchObject([
      { type: 'calendar.needs_you' },
    ]);
  });

  it('is told to nobody who wants no such thing', async () => {
    await choose({ kinds: ['booking.added', 'sync.resumed'] });
    expect((await stop(await addCalendar(em(), userId), 'calendar_full'))!.targets).toEqual([]);
    await choose({ kinds: [] });
    await stop(await addCalendar(em(), userId, 'https://c.test/other/'), 'calendar_full');
    expect(await heard()).toEqual([]);
  });

  it('is not told where it is being disconnected', async () => {
    const id = await addCalendar(em(), userId);
    await endConnection(em(), { userId, id, keepEvents: false });
    await stop(id, 'credentials_refused');
    expect(await types()).toEqual([]);
  });
});
