/** Hears notifications of PostgreSQL on a connection of its own, and comes back by itself when it breaks. */
import pg from 'pg';
import type { Log } from '#platform/log.ts';

export interface ListenerOptions {
  databaseUrl: string;
  channels: readonly string[];
  onNotification(channel: string, payload: string): void;
  /** Heard again after a break: notifications may have been missed. */
  onReconnect?(): void;
  log: Log;
  /** How often the connection is asked whether it is there. */
  checkMs?: number;
}

export interface Listener {
  /** Connects at the first call; resolves once notifications are heard, or once it is known that they cannot be for now. */
  listening(): Promise<void>;
  /** Whether what happens now is heard. Connects at the first call. */
  isListening(): boolean;
  close(): Promise<void>;
}

const firstRetryMs = 100;
const lastRetryMs = 5_000;
const answerMs = 5_000;

export function createListener(options: ListenerOptions): Listener {
  const { checkMs = 10_000 } = options;
  let client: pg.Client | null = null;
  let connecting: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  let heard = false;
  let retryMs = firstRetryMs;

  async function connect(): Promise<void> {
    const made = newClient(options.databaseUrl);
    // A connection that breaks says so by this event; without a listener it would end the process.
    made.on('error', (error) => lost(made, error));
    made.on('end', () => lost(made, null));
    made.on('notification', ({ channel, payload }) => {
      if (payload) options.onNotification(channel, payload);
    });
    client = made;
    try {
      await made.connect();
      await made.query(options.channels.map((channel) => `listen ${channel}`).join('; '));
      heard = made === client;
      retryMs = firstRetryMs;
      askEvery(checkMs, made, (error) => lost(made, error));
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
    if (client) options.onReconnect?.();
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

function newClient(connectionString: string): pg.Client {
  return new pg.Client({
    connectionString,
    application_name: 'gibney-sync notifications',
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
}

/** A connection that only listens can be dead for hours before anything says so; what it is asked tells at once. */
function askEvery(ms: number, client: pg.Client, onSilence: (error: unknown) => void): void {
  const ask = (): void => void client.query('select 1').then(later, onSilence);
  let timer = setTimeout(ask, ms);
  const later = () => void (timer = setTimeout(ask, ms));
  client.once('end', () => clearTimeout(timer));
}
