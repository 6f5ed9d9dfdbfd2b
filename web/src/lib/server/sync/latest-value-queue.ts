/** A reader's queue that holds the newest value only: a slow reader skips what is out of date. */
export interface LatestValueQueue<Value> {
  put(value: Value): void;
  /** Ends the reading. */
  close(): void;
  /** Each value once, until the queue is closed or its signal aborts. */
  values(): AsyncGenerator<Value, void, void>;
}

export function createLatestValueQueue<Value extends object>(signal?: AbortSignal): LatestValueQueue<Value> {
  let newest: Value | null = null;
  let closed = signal?.aborted ?? false;
  let wake = () => {};
  const close = () => {
    closed = true;
    wake();
  };
  signal?.addEventListener('abort', close, { once: true });
  return {
    put(value) {
      newest = value;
      wake();
    },
    close,
    async *values() {
      try {
        while (!closed) {
          if (newest) {
            const value = newest;
            newest = null;
            yield value;
          } else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        signal?.removeEventListener('abort', close);
      }
    },
  };
}
