import { createContext } from 'svelte';

/** Whether the page is without a line: the browser says so, or the page came out of the cache. */
export interface Connection {
  readonly offline: boolean;
  /** The browser has a line, and our server does not answer. */
  readonly away: boolean;
  /** The page came out of the cache, where it is kept without the filter that its address asks for. */
  readonly unfiltered: boolean;
  /** Our server does not answer, or does again. */
  lost(): void;
  reached(): void;
}

interface WatchedConnection extends Connection {
  watch(): () => void;
}

/** Set on `<html>` by the service worker where it answers with a page that it kept: `whole`, or `unfiltered`. */
const keptMark = 'kept';

export function createConnection(): WatchedConnection {
  let online = $state(true);
  let lost = $state(false);
  let unfiltered = $state(false);
  const look = (): void => void (online = navigator.onLine);
  return {
    get offline() {
      return !online || lost;
    },
    get away() {
      return online && lost;
    },
    get unfiltered() {
      return unfiltered;
    },
    lost: () => void (lost = true),
    reached: () => void (lost = unfiltered = false),
    watch() {
      look();
      const kept = document.documentElement.dataset[keptMark];
      lost = kept !== undefined;
      unfiltered = kept === 'unfiltered';
      addEventListener('online', look);
      addEventListener('offline', look);
      return () => {
        removeEventListener('online', look);
        removeEventListener('offline', look);
      };
    },
  };
}

const [readConnection, provideConnection] = createContext<Connection>();
export { provideConnection, readConnection };
