import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';

/** Listens for what wakes the watchers of a user's syncs. */
export function useNotifications(url: () => string) {
  const received: string[] = [];
  let listener: pg.Client;
  beforeAll(async () => {
    listener = new pg.Client({ connectionString: url() });
    await listener.connect();
    listener.on('notification', ({ payload }) => received.push(payload ?? ''));
    await listener.query('listen sync_status; listen sync_progress');
  });
  afterAll(() => listener.end());

  return {
    /** How often the watchers of the user were notified during the action. Notifications precede the answer to the listener's own query. */
    async during(userId: string, action: () => Promise<unknown>): Promise<number> {
      await listener.query('select 1');
      const before = received.length;
      await action();
      await listener.query('select 1');
      return received.slice(before).filter((payload) => payload === userId).length;
    },
    query: (text: string, values: unknown[]) => listener.query(text, values),
  };
}
