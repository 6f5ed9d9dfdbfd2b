import { createContext } from 'svelte';

/** Whether the page is without a line: the browser says so, or the page came out of the cache. */
export interface Connection {
  readonly offline: boolean;
  /** The browser has a line, and our server does not answer. */
  readonly away: boolean;
  /** Our server does not answer, or does again. */
  lost(): void;
  reached(): void;
}

interface WatchedConnection extends Connection {
  watch(): () => void;
}

/** Set on `<html>` by the service worker where it answers with a page that it kept. */
const keptMark = 'kept';

export function createConnection(): WatchedConnection {
  let online = $state(true);
  let lost = $state(false);
  const look = (): void => void (online = navigator.onLine);
  return {
    get offline() {
      return !online || lost;
    },
    get away() {
      return online && lost;
    },
    lost: () => void (lost = true),
    reached: () => void (lost = false),
    watch() {
      look();
      lost = keptMark in document.documentElement.dataset;
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
