/** Knows whether PostgreSQL is there, for those who take work only then. */
import pg from 'pg';
import type { Log } from '#platform/log.ts';
import { untilAborted } from '#platform/until-aborted.ts';
import { DatabaseAwayError } from './database-away.ts';

export interface DatabaseWatch {
  readonly isThere: boolean;
  /** Resolves once it is there; rejects with the signal's reason. */
  there(signal: AbortSignal): Promise<void>;
  /** Aborts with a {@link DatabaseAwayError} when it goes away; another one for the next time. */
  readonly away: AbortSignal;
  close(): Promise<void>;
}

export interface DatabaseWatchOptions {
  databaseUrl: string;
  log: Log;
  /** Told at the beginning and of each change. */
  onChange?(isThere: boolean): void;
  /** How often it is asked while it is there. */
  everyMs?: number;
  /** How long an answer may take, on the connection that there is, and then on a new one. */
  answerMs?: number;
}

/** A server that only reads, as one that follows another, is of no use either. */
const question = `select current_setting('transaction_read_only') as "readOnly"`;

const everyMsWhileAway = 500;

export function watchDatabase(options: DatabaseWatchOptions): DatabaseWatch {
  return new Watch(options);
}

class Watch implements DatabaseWatch {
  readonly #options: Required<Pick<DatabaseWatchOptions, 'everyMs' | 'answerMs'>> & DatabaseWatchOptions;
  readonly #watching: Promise<void>;
  #client: pg.Client | null = null;
  #closed = false;
  #isThere = true;
  #since = Date.now();
  #away = new AbortController();
  #back = Promise.withResolvers<void>();
  #askNow = (): void => undefined;

  constructor(options: DatabaseWatchOptions) {
    this.#options = { everyMs: 2_000, answerMs: 3_000, ...options };
    options.onChange?.(true);
    this.#watching = this.#watch();
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  get away(): AbortSignal {
    return this.#away.signal;
  }

  async there(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!this.#isThere) await untilAborted(signal, this.#back.promise);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#askNow();
    await this.#watching;
    await this.#client?.end().catch(() => undefined); // it may be broken
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      // A connection may have gone while the server is there.
      this.#change((this.#client !== null && (await this.#answers())) || (await this.#answers()));
      await this.#rest(this.#isThere ? this.#options.everyMs : everyMsWhileAway);
    }
  }

  async #answers(): Promise<boolean> {
    const used = this.#client ?? this.#newClient();
    try {
      if (this.#client === null) await used.connect();
      this.#client = used;
      const { rows } = await used.query<{ readOnly: string }>(question);
      return rows[0]?.readOnly === 'off';
    } catch {
      // Whoever wants more of the database than to know whether it is there logs what it says.
      this.#client = null;
      void used.end().catch(() => undefined); // it is broken already
      return false;
    }
  }

  #newClient(): pg.Client {
    const { databaseUrl, answerMs } = this.#options;
    const made = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'gibney-sync watch',
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
      keepAlive: true,
    });
    // Unheard, it would end the process; the next question shows what became of the connection.
    made.on('error', () => undefined);
    made.on('end', () => this.#askNow());
    return made;
  }

  async #rest(ms: number): Promise<void> {
    if (this.#closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#askNow = resolve;
    await promise;
    clearTimeout(timer);
  }

  #change(isThere: boolean): void {
    if (isThere === this.#isThere || this.#closed) return;
    const { log, onChange } = this.#options;
    const awayMs = Date.now() - this.#since;
    this.#isThere = isThere;
    this.#since = Date.now();
    if (isThere) {
      log.info({ awayMs }, 'the database is back: this worker takes tasks again');
      this.#away = new AbortController();
      this.#back.resolve();
    } else {
      log.warn('this worker waits for the database, and takes no tasks until it answers');
      this.#back = Promise.withResolvers();
      this.#away.abort(new DatabaseAwayError());
    }
    onChange?.(isThere);
  }
}
