/** Connected calendars for tests. */
import { addConnection } from '#db/queries/calendar-connections.ts';
import type { EntityManager } from '#db/orm.ts';
import { secrets } from './fixtures.ts';

const account = {
  kind: 'caldav' as const,
  serverUrl: 'https://c.test/',
  username: 'ann',
  password: 'p',
  name: 'Rentals',
};

export const tryCalendar = (em: EntityManager, userId: string, calendarUrl = `https://c.test/${userId}/`, most = 5) =>
  addConnection(em, secrets, userId, { ...account, calendarUrl }, most);

/** Its id. */
export async function addCalendar(em: EntityManager, userId: string, calendarUrl?: string): Promise<string> {
  const added = await tryCalendar(em, userId, calendarUrl);
  if ('refused' in added) throw new Error(`the calendar was refused: ${added.refused}`);
  return added.id;
}
