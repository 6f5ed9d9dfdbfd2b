import { createContext } from 'svelte';

/** Whether the page is without a line: the browser says so, or the page came out of the cache. */
export interface Connection {
  readonly offline: boolean;
}

interface WatchedConnection extends Connection {
  watch(): () => void;
}

/** Set on `<html>` by the service worker where it answers with a page that it kept. */
const keptMark = 'kept';

export function createConnection(): WatchedConnection {
  let offline = $state(false);
  const look = (): void => void (offline = !navigator.onLine);
  return {
    get offline() {
      return offline;
    },
    watch() {
      offline = !navigator.onLine || keptMark in document.documentElement.dataset;
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
