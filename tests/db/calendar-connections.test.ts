/** Connecting calendars: each once, some at most, whatever happens at the same time. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  deleteConnection,
  endConnection,
  listConnections,
  listDue,
  notePushed,
  notePushFailure,
  readPushTarget,
} from '#db/queries/calendar-connections.ts';
import { listDeliveries } from '#db/queries/deliveries.ts';
import { affected, sql } from '../support/sql.ts';
import { addCalendar, tryCalendar } from './calendars.ts';
import { makeConnectedUser, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

it('is refused while our events are still being removed from that calendar, and taken once they are out', async () => {
  const userId = await makeConnectedUser(em());
  const id = await addCalendar(em(), userId);
  await endConnection(em(), { userId, id, keepEvents: false });
  expect(await tryCalendar(em(), userId)).toEqual({ refused: 'removing', id });
  await addCalendar(em(), userId, 'https://c.test/another/');
  await deleteConnection(em(), id);
  expect(await tryCalendar(em(), userId)).toEqual({ id: expect.any(String) as string });
});

it('is made once where it is asked for several times at once', async () => {
  const userId = await makeConnectedUser(em());
  const added = await Promise.all(Array.from({ length: 6 }, () => tryCalendar(em(), userId)));
  expect(added.filter((one) => 'refused' in one)).toHaveLength(5);
  expect(await listConnections(em(), userId)).toHaveLength(1);
});

it('is never one too many, also at once', async () => {
  const userId = await makeConnectedUser(em());
  const urls = Array.from({ length: 6 }, (_, index) => `https://c.test/${index}/`);
  const added = await Promise.all(urls.map((url) => tryCalendar(em(), userId, url, 2)));
  expect(added.filter((one) => !('refused' in one))).toHaveLength(2);
  expect(added).toContainEqual({ refused: 'too_many' });
});

it('cannot be stored twice, whoever stores it', async () => {
  const userId = await makeConnectedUser(em());
  const id = await addCalendar(em(), userId);
  const again = sql`insert into calendar_connections (user_id, server_url, username, password_sealed, calendar_url, name)
    select user_id, server_url, username, password_sealed, calendar_url, name from calendar_connections where id = ${id}`;
  await expect(affected(em(), again)).rejects.toThrow('calendar_connections_calendar_unique');
});

describe('a refused password', () => {
  let userId: string;
  let id: string;
  beforeEach(async () => {
    userId = await makeConnectedUser(em());
    id = await addCalendar(em(), userId);
  });
  const target = async () => (await readPushTarget(em(), id))!;
  const fails = async (error: Parameters<typeof notePushFailure>[2] = 'credentials_refused') =>
    (await notePushFailure(em(), await target(), error))!;
  const told = async () => (await listDeliveries(em(), userId, { limit: 10 })).deliveries.length;
  const minutesPass = (minutes: number) =>
    affected(
      em(),
      sql`update calendar_connections set due_at = due_at - make_interval(mins => ${minutes}),
        refused_since = refused_since - make_interval(mins => ${minutes}) where id = ${id}`,
    );
  const minutesLeft = async () => {
    const { dueAt } = await target();
    return dueAt && Math.round((dueAt.getTime() - Date.now()) / 60_000);
  };

  it('is tried again three times over hours, told once, and then waits for the person', async () => {
    const waits: (number | null)[] = [];
    for (let tries = 0; tries < 4; tries += 1) {
      await fails();
      const wait = await minutesLeft();
      waits.push(wait);
      expect(await listDue(em(), userId)).toEqual([]);
      expect((await target()).isDue).toBe(false);
      await minutesPass(wait ?? 0);
      expect((await target()).isDue).toBe(wait !== null);
    }
    expect(waits).toEqual([10, 60, 360, null]);
    expect(await told()).toBe(1);
    expect(await listConnections(em(), userId)).toMatchObject([{ state: 'needs_you', error: 'credentials_refused' }]);
  });

  it('is not forgotten over another failure, and is told again only after it worked', async () => {
    await fails();
    await minutesPass(10);
    await fails('server_unavailable');
    await fails();
    expect(await minutesLeft()).toBe(60);
    expect(await told()).toBe(1);
    await notePushed(em(), await target());
    expect(await listConnections(em(), userId)).toMatchObject([{ state: 'filling', error: null }]);
    await fails();
    expect(await minutesLeft()).toBe(10);
    expect(await told()).toBe(2);
  });

  it('is tried once more while our events are being taken out', async () => {
    await endConnection(em(), { userId, id, keepEvents: false });
    expect((await fails()).isTriedAgain).toBe(true);
    await minutesPass(10);
    expect((await fails()).isTriedAgain).toBe(false);
  });
});
