import { untrack } from 'svelte';
import { readConnection } from './connection.svelte.ts';
import { readAgain } from './read-again.ts';

/**
 * How a page reads its data again by itself: it waits for our server where that is away, instead of giving way to an error page.
 * `read` asks Kit for the data, `sign` gives a part of them, another one after each reading. Called while a component is made.
 * Who asks while a reading of the same page is under way is content with one more after it.
 */
export function createReader(read: () => Promise<void>, sign: () => unknown): () => Promise<void> {
  const connection = readConnection();
  let reading: string | null = null;
  let wanted = false;

  return async () => {
    const { pathname } = location;
    wanted = reading === pathname;
    if (wanted) return;
    reading = pathname;
    try {
      do {
        wanted = false;
        await untrack(() => readAgain(read, connection, sign));
      } while (wanted && location.pathname === pathname);
    } finally {
      if (reading === pathname) reading = null;
    }
  };
}
