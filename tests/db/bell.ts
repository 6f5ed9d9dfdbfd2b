import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';

/** Listens for what wakes the watchers of a user's syncs. */
export function useBell(url: () => string) {
  const rings: string[] = [];
  let listener: pg.Client;
  beforeAll(async () => {
    listener = new pg.Client({ connectionString: url() });
    await listener.connect();
    listener.on('notification', ({ payload }) => rings.push(payload ?? ''));
    await listener.query('listen sync_status; listen sync_progress');
  });
  afterAll(() => listener.end());

  return {
    /** How often the user's bell rang during the action. Notifications precede the answer to the listener's own query. */
    async ringsDuring(userId: string, action: () => Promise<unknown>): Promise<number> {
      await listener.query('select 1');
      const before = rings.length;
      await action();
      await listener.query('select 1');
      return rings.slice(before).filter((payload) => payload === userId).length;
    },
    query: (text: string, values: unknown[]) => listener.query(text, values),
  };
}
