/** Renders a component at a fixed time, and gives the sync a server that the test plays itself. */
import { render } from '@testing-library/svelte';
import type { Component } from 'svelte';
import type { StatusView } from '#domain/shapes/sync.ts';
import type { SyncApi } from '#lib/sync/sync-live.svelte.ts';
import { now } from './fixtures.ts';
import WithClock from './with-clock.svelte';

export function renderAt<Props extends object>(
  component: Component<Props>,
  props: Props,
  clock: { readonly now: number } = { now },
  offline = false,
) {
  const shown = component as unknown as Component<Record<string, unknown>>;
  return render(WithClock, { props: { component: shown, clock, offline, props: props as Record<string, unknown> } });
}

/** A server at hand: what was asked of it, and ways to answer. */
export interface PlayedServer extends SyncApi {
  requests: number;
  cancelled: (string | undefined)[];
  stopped: boolean;
  send(view: StatusView): void;
  line(connected: boolean): void;
  /** Lets the next `request` fail with this sentence. */
  refuse(sentence: string): void;
}

export function playedServer(): PlayedServer {
  let handlers: Parameters<SyncApi['subscribe']>[0] | undefined;
  let refusal: string | null = null;
  return {
    requests: 0,
    cancelled: [],
    stopped: false,
    async request() {
      this.requests += 1;
      if (refusal) throw new Error(refusal);
      return { jobId: 'k' };
    },
    async cancel(jobId) {
      this.cancelled.push(jobId);
    },
    subscribe(given) {
      handlers = given;
      return () => {
        this.stopped = true;
      };
    },
    explain: (error) => (error as Error).message,
    send: (view) => handlers?.onView(view),
    line: (connected) => handlers?.onLine(connected),
    refuse(sentence) {
      refusal = sentence;
    },
  };
}
