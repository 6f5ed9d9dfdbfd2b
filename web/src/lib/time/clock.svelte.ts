/** One clock for the whole page, so that every countdown turns at the same moment and only one timer runs. */
import { createContext } from 'svelte';

export interface Clock {
  /** Epoch milliseconds, read in a reactive place: it turns once a second while the page is seen. */
  readonly now: number;
}

/**
 * Starts at the time that the server rendered with, so that the first HTML and the first paint agree. `run` is called
 * from an effect; the function that it returns stops the clock.
 */
export function createClock(initial: number): Clock & { run: () => () => void } {
  let now = $state(initial);
  return {
    get now() {
      return now;
    },
    run: () => tickEachSecond(() => (now = Date.now())),
  };
}

function tickEachSecond(tick: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const schedule = () => {
    clearTimeout(timer);
    if (document.hidden) return;
    tick();
    timer = setTimeout(schedule, 1_000 - (Date.now() % 1_000));
  };
  schedule();
  document.addEventListener('visibilitychange', schedule);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', schedule);
  };
}

const [readClock, provideClock] = createContext<Clock>();
export { provideClock, readClock };
