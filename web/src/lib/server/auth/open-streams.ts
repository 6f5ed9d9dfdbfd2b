/** Streams that are open for a session or a key, so that they end when it does, in whichever process that happened. */
export interface OpenStreams {
  /** @param id of the session or key. Abort of `ended` means that it is over. */
  open(id: string): OpenStream;
  /** A session or a key is over. */
  ended(id: string): void;
  /** Asks about all of them: an end may have been missed. */
  recheck(): Promise<void>;
}

export interface OpenStream {
  ended: AbortSignal;
  close(): void;
}

/** @param stillValid which of these ids are; a failure changes nothing */
export function createOpenStreams(stillValid: (ids: string[]) => Promise<Set<string>>): OpenStreams {
  const streams = new Map<string, Set<AbortController>>();
  const end = (id: string) => streams.get(id)?.forEach((stream) => stream.abort());
  const check = async (ids: string[]) => {
    if (ids.length === 0) return;
    const valid = await stillValid(ids);
    for (const id of ids) if (!valid.has(id)) end(id);
  };
  return {
    open(id) {
      const stream = new AbortController();
      const known = streams.get(id) ?? new Set();
      streams.set(id, known.add(stream));
      return {
        ended: stream.signal,
        close() {
          known.delete(stream);
          if (known.size === 0 && streams.get(id) === known) streams.delete(id);
        },
      };
    },
    ended: end,
    recheck: () => check([...streams.keys()]),
  };
}
