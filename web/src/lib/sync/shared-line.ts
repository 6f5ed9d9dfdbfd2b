/**
 * One line for all tabs of a browser, which has six connections to a server over HTTP/1.1 and no more: the tab that has
 * the lock holds it and tells the others. A hidden tab holds none, and is told as long as another one is looked at.
 */
import type { StatusView } from '#domain/shapes/sync.ts';
import { holdLine } from './status-line.ts';
import type { LineHandlers, StatusServer } from './status-line.ts';

type Word = { view: StatusView } | { connected: boolean } | 'over' | 'hello';

/** @param name of the session: tabs of different sessions hear nothing of each other. Returns how to stop. */
export function shareLine(name: string, server: StatusServer, handlers: LineHandlers): () => void {
  // Browsers give locks to pages of https and of the own machine only; elsewhere each tab asks, and holds nothing.
  const locks = navigator.locks as LockManager | undefined;
  const channel = new BroadcastChannel(name);
  const over = new AbortController();
  let turn: AbortController | null = null;
  let latest: StatusView | null = null;
  let leads = false;

  const tell = (word: Word) => channel.postMessage(word);
  const speaker: LineHandlers = {
    onView(view) {
      latest = view;
      tell({ view });
      handlers.onView(view);
    },
    onLine(connected) {
      tell({ connected });
      handlers.onLine(connected);
    },
    onOver() {
      tell('over');
      end();
    },
  };

  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data === 'over') end();
    else if (data === 'hello') {
      if (leads && latest) tell({ view: latest });
    } else if ('view' in data) handlers.onView(data.view);
    else handlers.onLine(data.connected);
  };

  function end() {
    stop();
    handlers.onOver();
  }

  function stop() {
    over.abort();
    turn?.abort();
    channel.close();
  }

  async function lead(signal: AbortSignal) {
    leads = true;
    await holdLine(locks ? server : { ask: server.ask }, speaker, signal).finally(() => (leads = false));
  }

  function look() {
    if (document.visibilityState === 'hidden') {
      turn?.abort();
      turn = null;
    } else if (!turn) {
      const mine = (turn = new AbortController());
      tell('hello');
      const leading = locks ? locks.request(name, { signal: mine.signal }, () => lead(mine.signal)) : lead(mine.signal);
      leading.catch((error: unknown) => {
        // It was no longer waited for.
        if (!mine.signal.aborted) throw error;
      });
    }
  }

  document.addEventListener('visibilitychange', look, { signal: over.signal });
  look();
  return stop;
}
