/** Hears `NOTIFY sync_status` and `NOTIFY session_ended` on a connection of its own, and comes back by itself when it breaks. */
import pg from 'pg';
import type { Log } from '#platform/log.ts';

export interface StatusListenerOptions {
  databaseUrl: string;
  onStatusChanged(userId: string): void;
  /** @param id of a session or an API key that is over or may do less, or of a user whose address changed */
  onSessionEnded(id: string): void;
  /** Heard again after a break: rings may have been missed. */
  onReconnect(): void;
  log: Log;
}

export interface StatusListener {
  /** Connects at the first call; resolves once rings are heard, or once it is known that they cannot be for now. */
  listening(): Promise<void>;
  /** Whether what happens now is heard. Connects at the first call. */
  isListening(): boolean;
  close(): Promise<void>;
}

export const ringChannel = 'sync_status';
const sessionChannel = 'session_ended';
const firstRetryMs = 100;
const lastRetryMs = 5_000;

export function createStatusListener(options: StatusListenerOptions): StatusListener {
  let client: pg.Client | null = null;
  let connecting: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  let heard = false;
  let retryMs = firstRetryMs;

  async function connect(): Promise<void> {
    const made = new pg.Client({
      connectionString: options.databaseUrl,
      application_name: 'gibney-sync rings',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    // A connection that breaks says so by this event; without a listener it would end the process.
    made.on('error', (error) => lost(made, error));
    made.on('end', () => lost(made, null));
    made.on('notification', ({ channel, payload }) => {
      if (payload) (channel === ringChannel ? options.onStatusChanged : options.onSessionEnded)(payload);
    });
    client = made;
    try {
      await made.connect();
      await made.query(`listen ${ringChannel}; listen ${sessionChannel}`);
      heard = made === client;
      retryMs = firstRetryMs;
    } catch (error) {
      lost(made, error);
    }
  }

  function lost(which: pg.Client, error: unknown): void {
    if (closed || which !== client) return;
    client = null;
    heard = false;
    if (error) options.log.warn({ err: error }, 'lost the connection that hears of syncs; connecting again');
    which.end().catch(() => {}); // it is broken already
    timer = setTimeout(() => void again(), retryMs);
    retryMs = Math.min(retryMs * 2, lastRetryMs);
  }

  async function again(): Promise<void> {
    connecting = connect();
    await connecting;
    if (client) options.onReconnect();
  }

  return {
    listening: () => (connecting ??= connect()),
    isListening() {
      connecting ??= connect();
      return heard;
    },
    async close() {
      closed = true;
      if (timer) clearTimeout(timer);
      await client?.end();
    },
  };
}
