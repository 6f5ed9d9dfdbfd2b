/** Short messages about what was just done. They are shown for a while and told to screen readers. */
import { createContext } from 'svelte';

export interface Toast {
  id: number;
  text: string;
}

export interface Toasts {
  readonly shown: readonly Toast[];
  say(text: string): void;
  dismiss(id: number): void;
  /** Keeps all of them while somebody reads. Returns how to go on. */
  hold(): () => void;
}

/** Long enough to read two lines. */
const shownMs = 7_000;

export function createToasts(): Toasts {
  let shown = $state.raw<Toast[]>([]);
  let lastId = 0;
  let holds = 0;
  const timers: Record<number, ReturnType<typeof setTimeout>> = {};

  function dismiss(id: number) {
    clearTimeout(timers[id]);
    delete timers[id];
    shown = shown.filter((toast) => toast.id !== id);
  }

  function start(id: number) {
    timers[id] = setTimeout(() => dismiss(id), shownMs);
  }

  function hold() {
    holds += 1;
    for (const timer of Object.values(timers)) clearTimeout(timer);
    return () => {
      holds -= 1;
      if (holds === 0) shown.forEach(({ id }) => start(id));
    };
  }

  return {
    get shown() {
      return shown;
    },
    say(text) {
      const id = ++lastId;
      shown = [...shown.slice(-2), { id, text }];
      if (holds === 0) start(id);
    },
    dismiss,
    hold,
  };
}

const [readToasts, provideToasts] = createContext<Toasts>();
export { provideToasts, readToasts };
