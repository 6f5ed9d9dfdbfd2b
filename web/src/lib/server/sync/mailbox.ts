/** A reader's mailbox that holds the newest letter only: a slow reader skips what is out of date. */
export interface Mailbox<Letter> {
  put(letter: Letter): void;
  /** Ends the reading. */
  close(): void;
  /** Each letter once, until the mailbox closes or its signal aborts. */
  letters(): AsyncGenerator<Letter, void, void>;
}

export function createMailbox<Letter extends object>(signal?: AbortSignal): Mailbox<Letter> {
  let newest: Letter | null = null;
  let closed = signal?.aborted ?? false;
  let wake = () => {};
  const close = () => {
    closed = true;
    wake();
  };
  signal?.addEventListener('abort', close, { once: true });
  return {
    put(letter) {
      newest = letter;
      wake();
    },
    close,
    async *letters() {
      try {
        while (!closed) {
          if (newest) {
            const letter = newest;
            newest = null;
            yield letter;
          } else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        signal?.removeEventListener('abort', close);
      }
    },
  };
}
