/** Somebody who watches the status over server-sent events, and comes back when the stream is cut. */
import { subscriptionUrl } from '#tests/bench/service.ts';
import { setTimeout as pause } from 'node:timers/promises';

export interface Watcher {
  /** How each job ended, of those whose end was seen. */
  ends: Map<string, string>;
  /** From a cut to the next status. */
  gapsMs: number[];
  stop(): void;
}

interface Seen {
  job: { id: string; status: string } | null;
}

const againMs = 100;

export function watchStatus(base: string, token: string): Watcher {
  const stopped = new AbortController();
  const watcher: Watcher = { ends: new Map(), gapsMs: [], stop: () => stopped.abort() };
  let cutAt: number | null = null;
  const take = ({ job }: Seen) => {
    if (cutAt !== null) watcher.gapsMs.push(performance.now() - cutAt);
    cutAt = null;
    if (job && ['completed', 'failed'].includes(job.status)) watcher.ends.set(job.id, job.status);
  };
  void (async () => {
    while (!stopped.signal.aborted) {
      await follow(base, token, stopped.signal, take).catch(() => undefined); // cut on purpose
      cutAt ??= performance.now();
      await pause(againMs);
    }
  })();
  return watcher;
}

async function follow(base: string, token: string, signal: AbortSignal, take: (seen: Seen) => void): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  const { body } = await fetch(subscriptionUrl(base), { headers, signal });
  let rest = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop()!;
    for (const event of events) {
      const data = /^data: ?(.*)$/m.exec(event)?.[1];
      if (data?.includes('"state"')) take(JSON.parse(data) as Seen);
    }
  }
}
