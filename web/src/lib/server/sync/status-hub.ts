/**
 * One place in the process that knows where the watched users' syncs stand. It owns one watch a user, however many
 * dashboards that user has open: it looks at each notification and, while something moves, at least once a second, one reading in
 * flight a user, and hands the one snapshot to all who wait. Each question to the workflow is an action of its own: how far
 * a running sync is, PostgreSQL says. An idle dashboard costs nothing.
 */
import { isActive } from '#domain/sync-states.ts';
import type { SyncStatus } from '#domain/sync.ts';
import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { StatusView } from '#domain/shapes/sync.ts';
import { composeStatus, isUnderWay, withPendingJob } from './compose-status.ts';
import type { Queried, StoredStatus } from './compose-status.ts';
import { createLatestValueQueue } from './latest-value-queue.ts';
import type { LatestValueQueue } from './latest-value-queue.ts';

export interface StatusHubDeps {
  /** The workflow's query; throws where it does not answer within its deadline. */
  query(userId: string): Promise<SyncStatus | null>;
  /** One statement. */
  readStored(userId: string): Promise<StoredStatus>;
  /** Resolves once notifications are heard. */
  listening(): Promise<void>;
  /** Whether what happens now is heard; while it is not, every reading asks the workflow. */
  isListening(): boolean;
  /** Told of each failure to read; the hub goes on by itself. */
  onError(error: unknown, userId: string): void;
  /** How often to ask while something moves. */
  pollMs?: number;
  /** How long to wait where the database or Temporal did not answer. */
  retryMs?: number;
}

export interface Snapshot {
  /** Rises with each snapshot of the process. */
  id: string;
  view: StatusView;
}

export interface StatusHub {
  /**
   * The status now. Callers at the same time share one reading, which began after they asked. PostgreSQL is read each
   * time; the workflow of an idle user is asked once a second at most, and after each notification.
   */
  read(userId: string): Promise<StatusView>;
  /** The present snapshot, then each different one, until `signal` aborts or the user is gone. */
  watch(userId: string, signal?: AbortSignal): AsyncGenerator<Snapshot, void, void>;
  /** Something changed for this user. No effect where nobody watches. */
  refresh(userId: string): void;
  /** A running sync got further. No effect where nobody watches. */
  progressed(userId: string): void;
  /** This process told the workflow something, or changed what it goes by: no answer of before counts any more. */
  outdated(userId: string): void;
  /** The workflow took a request: who watches sees the new job at once, before the next reading. */
  accepted(userId: string, jobId: string): void;
  /** Notifications may have been missed. */
  refreshAll(): void;
  /** The account is gone: its watchers end. */
  forget(userId: string): void;
  watchedUsers(): number;
  close(): void;
}

const defaultPollMs = 1_000;
const defaultRetryMs = 2_000;
/** What an operator's own signal changes is seen after this time, as it is by an open dashboard at the next notification. */
const idleMs = 1_000;
const mostIdle = 10_000;
/** While a sync runs, whoever changes what the workflow says notifies, and an operator's own signal can wait. */
const runningMs = 15_000;

interface Watch {
  queues: Set<LatestValueQueue<Snapshot>>;
  latest: Snapshot | null;
  /** The workflow's last answer. */
  queried: Queried;
  reading: Promise<StatusView> | null;
  /** Begins when `reading` has ended, for those who asked after that one began. */
  next: Promise<StatusView> | null;
  /** Somebody began to watch after the workflow was last asked, and will go by notifications from now on. */
  unchecked: boolean;
  timer: NodeJS.Timeout | null;
}

interface Known {
  queried: Queried;
  until: number;
  /** The job that ran then. */
  running: string | null;
}

export function createStatusHub(deps: StatusHubDeps): StatusHub {
  return new Hub(deps);
}

class Hub implements StatusHub {
  readonly #deps: StatusHubDeps;
  readonly #watches = new Map<string, Watch>();
  /** The last answers of workflows that were idle or whose sync ran, unless something has happened since. */
  readonly #known = new LRUCache<string, Known>({ max: mostIdle });
  #count = 0;

  constructor(deps: StatusHubDeps) {
    this.#deps = deps;
  }

  read(userId: string): Promise<StatusView> {
    return this.#refresh(userId, this.#watchOf(userId));
  }

  async *watch(userId: string, signal?: AbortSignal): AsyncGenerator<Snapshot, void, void> {
    const watch = this.#watchOf(userId);
    const queue = createLatestValueQueue<Snapshot>(signal);
    watch.queues.add(queue);
    watch.unchecked = true;
    try {
      if (watch.latest) queue.put(watch.latest);
      await this.#deps.listening();
      this.#refreshQuietly(userId, watch);
      yield* queue.values();
    } finally {
      watch.queues.delete(queue);
      this.#leave(userId, watch);
    }
  }

  refresh(userId: string): void {
    this.outdated(userId);
    const watch = this.#watches.get(userId);
    if (watch) this.#refreshQuietly(userId, watch);
  }

  progressed(userId: string): void {
    const watch = this.#watches.get(userId);
    if (watch) this.#refreshQuietly(userId, watch);
  }

  outdated(userId: string): void {
    this.#known.delete(userId);
  }

  accepted(userId: string, jobId: string): void {
    this.outdated(userId);
    const watch = this.#watches.get(userId);
    // A reading in flight may bring an older state after this one, and a job that is known needs no announcement.
    if (!watch?.latest || watch.reading || watch.latest.view.job?.id === jobId) return;
    this.#publish(watch, withPendingJob(watch.latest.view, jobId));
  }

  refreshAll(): void {
    this.#known.clear();
    for (const [userId, watch] of this.#watches) this.#refreshQuietly(userId, watch);
  }

  forget(userId: string): void {
    this.outdated(userId);
    for (const queue of this.#watches.get(userId)?.queues ?? []) queue.close();
  }

  watchedUsers(): number {
    return [...this.#watches.values()].filter(({ queues }) => queues.size > 0).length;
  }

  close(): void {
    for (const watch of this.#watches.values()) {
      if (watch.timer) clearTimeout(watch.timer);
      for (const queue of watch.queues) queue.close();
    }
  }

  #watchOf(userId: string): Watch {
    const known = this.#watches.get(userId);
    if (known) return known;
    const made: Watch = {
      queues: new Set(),
      latest: null,
      queried: 'unavailable',
      reading: null,
      next: null,
      unchecked: false,
      timer: null,
    };
    this.#watches.set(userId, made);
    return made;
  }

  #leave(userId: string, watch: Watch): void {
    if (watch.queues.size > 0 || watch.reading || watch.next) return;
    if (watch.timer) clearTimeout(watch.timer);
    if (this.#watches.get(userId) === watch) this.#watches.delete(userId);
  }

  /** A reading that begins now or, while one is in flight, after it: that one may have seen an older state. */
  #refresh(userId: string, watch: Watch): Promise<StatusView> {
    if (watch.next) return watch.next;
    if (!watch.reading) return this.#begin(userId, watch);
    const begin = () => {
      watch.next = null;
      return this.#begin(userId, watch);
    };
    watch.next = watch.reading.then(begin, begin);
    return watch.next;
  }

  #begin(userId: string, watch: Watch): Promise<StatusView> {
    if (watch.timer) clearTimeout(watch.timer);
    watch.timer = null;
    watch.reading = this.#read(userId, watch);
    return watch.reading;
  }

  /** For those who do not wait for the answer; the failure was told by `#read`. */
  #refreshQuietly(userId: string, watch: Watch): void {
    this.#refresh(userId, watch).catch(() => {});
  }

  async #read(userId: string, watch: Watch): Promise<StatusView> {
    try {
      const view = (await this.#readKnown(userId, watch)) ?? (await this.#readWhole(userId, watch));
      this.#publish(watch, view);
      watch.reading = null;
      if (watch.unchecked) this.#refreshQuietly(userId, watch);
      else if (!watch.next) this.#plan(userId, watch, view);
      return view;
    } catch (error) {
      watch.reading = null;
      this.outdated(userId);
      this.#deps.onError(error, userId);
      if (!watch.next) this.#later(userId, watch, this.#deps.retryMs ?? defaultRetryMs);
      throw error;
    } finally {
      this.#leave(userId, watch);
    }
  }

  /** With what the workflow said lately; null where that is not known, or PostgreSQL says that a sync has begun or ended. */
  async #readKnown(userId: string, watch: Watch): Promise<StatusView | null> {
    const known = this.#deps.isListening() ? this.#known.get(userId) : undefined;
    if (!known || performance.now() > known.until) return null;
    // Whoever begins to watch gets what is known at once, and then an answer of the workflow's own.
    if (watch.unchecked && watch.latest) return null;
    const view = composeStatus(known.queried, await this.#deps.readStored(userId));
    const isRunning = known.running !== null && runningJob(view) === known.running;
    const isIdle = known.running === null && !isActive(view.job) && !isUnderWay(view);
    if (!(isRunning || isIdle) || this.#known.get(userId) !== known) return null;
    watch.queried = known.queried;
    return view;
  }

  async #readWhole(userId: string, watch: Watch): Promise<StatusView> {
    watch.unchecked = false;
    const asked: Known = { queried: watch.queried, until: performance.now() + idleMs, running: null };
    // Remembered from before the question on, so that whatever is heard meanwhile makes it forgotten again.
    if (this.#deps.isListening()) this.#known.set(userId, asked);
    const asking = this.#ask(userId);
    if (watch.latest && isUnderWay(watch.latest.view)) await this.#publishEnd(userId, watch);
    asked.queried = watch.queried = await asking;
    const stored = await this.#deps.readStored(userId);
    const view = composeStatus(watch.queried, stored);
    asked.running = isActive(stored.job) ? runningJob(view) : null;
    if (asked.running !== null) asked.until += runningMs;
    else if (isUnderWay(view)) this.outdated(userId);
    if (!view.live) this.outdated(userId);
    return view;
  }

  async #ask(userId: string): Promise<Queried> {
    try {
      return await this.#deps.query(userId);
    } catch (error) {
      this.#deps.onError(error, userId);
      return 'unavailable';
    }
  }

  /** The end of a sync is final in PostgreSQL first, so whoever waits for it need not wait for the workflow's answer. */
  async #publishEnd(userId: string, watch: Watch): Promise<void> {
    const view = composeStatus(watch.queried, await this.#deps.readStored(userId));
    if (view.job?.id === watch.latest?.view.job?.id && !isUnderWay(view)) this.#publish(watch, view);
  }

  #publish(watch: Watch, view: StatusView): void {
    if (watch.latest && isDeepStrictEqual(watch.latest.view, view)) return;
    watch.latest = { id: `${Date.now()}-${++this.#count}`, view };
    for (const queue of watch.queues) queue.put(watch.latest);
  }

  /** Idle users are not asked about again; who is not known for sure is, and who syncs. */
  #plan(userId: string, watch: Watch, view: StatusView): void {
    if (!view.live) this.#later(userId, watch, this.#deps.retryMs ?? defaultRetryMs);
    else if (isUnderWay(view)) this.#later(userId, watch, this.#deps.pollMs ?? defaultPollMs);
  }

  #later(userId: string, watch: Watch, ms: number): void {
    if (watch.queues.size > 0) watch.timer = setTimeout(() => this.#refreshQuietly(userId, watch), ms);
  }
}

function runningJob({ state, job }: StatusView): string | null {
  return state === 'running' && job?.status === 'running' ? job.id : null;
}
