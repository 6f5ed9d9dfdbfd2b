import type { ProgressReport } from '#domain/sync.ts';
import type { Counts, Phase } from '#domain/phases.ts';

export interface ProgressOptions {
  jobId: string;
  attempt: number;
  /** Tells the workflow that the attempt has begun. Once: each is an action and four events of the history. */
  begin(report: ProgressReport): Promise<void>;
  /** Writes it down for those who watch. */
  announce(report: ProgressReport): Promise<void>;
  onError(error: unknown): void;
  /** Called every few seconds with where we are. */
  heartbeat(details: Omit<ProgressReport, 'jobId' | 'attempt' | 'seq'>): void;
}

/** Each is an action. That it was cancelled, an attempt also learns from `AttemptStops`. */
const heartbeatMs = 5_000;
/** Counts within the first minute, and later. */
const earlyMs = 2_000;
const lateMs = 5_000;
const earlyPeriodMs = 60_000;

/**
 * Reports how far an attempt is: a new phase at once, counts every few seconds, one report in flight, the latest wins.
 * A report that fails is told to `onError` and otherwise forgotten: the sync is more important than its progress bar.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #startedAt = Date.now();
  readonly #heart: NodeJS.Timeout;
  #now: { phase: Phase } & Counts = { phase: 'initializing', done: 0, total: null };
  #seq = 0;
  #sent = { seq: 0, phase: null as Phase | null, at: 0 };
  #sending: Promise<void> = Promise.resolve();
  #busy = false;
  #begun = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#heart = setInterval(() => this.#beat(), heartbeatMs);
  }

  get phase(): Phase {
    return this.#now.phase;
  }

  /** Notes where the attempt is; reports it now or soon. */
  report(phase: Phase, counts: Counts = { done: 0, total: null }): void {
    this.#now = { phase, done: counts.done, total: counts.total };
    this.#seq += 1;
    this.#schedule();
  }

  /** No more reports; resolves when the one in flight has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#heart);
    clearTimeout(this.#timer);
    await this.#sending;
  }

  #beat(): void {
    if (!this.#stopped) this.#options.heartbeat(this.#now);
  }

  #schedule(): void {
    if (this.#stopped || this.#busy || this.#sent.seq === this.#seq) return;
    clearTimeout(this.#timer);
    const waitMs = this.#now.phase === this.#sent.phase ? this.#sent.at + this.#intervalMs() - Date.now() : 0;
    if (waitMs <= 0) this.#sending = this.#sendSoon();
    else this.#timer = setTimeout(() => this.#schedule(), waitMs);
  }

  #intervalMs(): number {
    return Date.now() - this.#startedAt < earlyPeriodMs ? earlyMs : lateMs;
  }

  /** A phase and its first counts are told in the same breath, and go out as one. */
  async #sendSoon(): Promise<void> {
    this.#busy = true;
    await Promise.resolve();
    await this.#send();
  }

  async #send(): Promise<void> {
    const { jobId, attempt } = this.#options;
    const report = { jobId, attempt, seq: this.#seq, ...this.#now };
    this.#sent = { seq: report.seq, phase: report.phase, at: Date.now() };
    if (!this.#begun) this.#begun = await this.#tried(this.#options.begin(report));
    await this.#tried(this.#options.announce(report));
    this.#busy = false;
    this.#schedule();
  }

  async #tried(telling: Promise<void>): Promise<boolean> {
    try {
      await telling;
      return true;
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }
}
