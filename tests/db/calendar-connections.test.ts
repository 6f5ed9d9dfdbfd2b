/** Connecting calendars: each once, some at most, whatever happens at the same time. */
import { expect, it } from 'vitest';
import { deleteConnection, endConnection, listConnections } from '#db/queries/calendar-connections.ts';
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
