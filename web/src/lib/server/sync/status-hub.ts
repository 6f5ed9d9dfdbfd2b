/**
 * One place in the process that knows where the watched users' syncs stand. It owns one watch a user, however many
 * dashboards that user has open: it asks the workflow at each ring and, while something moves, at least once a second,
 * one question in flight a user, and hands the one snapshot to all who wait. An idle dashboard costs nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SyncStatus } from '../../../../../workflows/messages.ts';
import type { StatusView } from '../../api-types.ts';
import { composeStatus, isUnderWay } from './compose-status.ts';
import type { Queried, StoredStatus } from './compose-status.ts';
import { createMailbox } from './mailbox.ts';
import type { Mailbox } from './mailbox.ts';

export interface StatusHubDeps {
  /** The workflow's query; throws where it does not answer within its deadline. */
  query(userId: string): Promise<SyncStatus | null>;
  /** One statement. */
  readStored(userId: string): Promise<StoredStatus>;
  /** Resolves once rings are heard. */
  listening(): Promise<void>;
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
  /** The status now. Callers at the same time share one reading. */
  read(userId: string): Promise<StatusView>;
  /** The present snapshot, then each different one, until `signal` aborts or the user is gone. */
  watch(userId: string, signal?: AbortSignal): AsyncGenerator<Snapshot, void, void>;
  /** Something changed for this user. No effect where nobody watches. */
  ring(userId: string): void;
  /** Rings may have been missed. */
  ringAll(): void;
  /** The account is gone: its watchers end. */
  forget(userId: string): void;
  watchedUsers(): number;
  close(): void;
}

interface Watch {
  mailboxes: Set<Mailbox<Snapshot>>;
  latest: Snapshot | null;
  reading: Promise<StatusView> | null;
  /** A ring came while a reading was in flight: its answer may be too old. */
  again: boolean;
  timer: NodeJS.Timeout | null;
}

export function createStatusHub({ pollMs = 1_000, retryMs = 2_000, ...deps }: StatusHubDeps): StatusHub {
  const watches = new Map<string, Watch>();
  let count = 0;

  function watchOf(userId: string): Watch {
    const known = watches.get(userId);
    if (known) return known;
    const made: Watch = { mailboxes: new Set(), latest: null, reading: null, again: false, timer: null };
    watches.set(userId, made);
    return made;
  }

  function leave(userId: string, watch: Watch): void {
    if (watch.mailboxes.size > 0 || watch.reading) return;
    if (watch.timer) clearTimeout(watch.timer);
    if (watches.get(userId) === watch) watches.delete(userId);
  }

  /** A reading that begins now. One that is in flight began earlier, so the next one is waited for. */
  function refresh(userId: string, watch: Watch): Promise<StatusView> {
    if (!watch.reading) return start(userId, watch);
    watch.again = true;
    return watch.reading;
  }

  function start(userId: string, watch: Watch): Promise<StatusView> {
    if (watch.timer) clearTimeout(watch.timer);
    watch.timer = null;
    watch.reading = readUntilFresh(userId, watch);
    return watch.reading;
  }

  /** Its last look at `again` and the end of `reading` are one step, so no ring falls between them. */
  async function readUntilFresh(userId: string, watch: Watch): Promise<StatusView> {
    try {
      for (;;) {
        watch.again = false;
        const view = await readOnce(userId);
        publish(watch, view);
        if (watch.again) continue;
        watch.reading = null;
        plan(userId, watch, view);
        return view;
      }
    } catch (error) {
      watch.reading = null;
      deps.onError(error, userId);
      later(userId, watch, retryMs);
      throw error;
    } finally {
      leave(userId, watch);
    }
  }

  async function readOnce(userId: string): Promise<StatusView> {
    const queried: Queried = await deps.query(userId).catch((error: unknown) => {
      deps.onError(error, userId);
      return 'unavailable' as const;
    });
    return composeStatus(queried, await deps.readStored(userId));
  }

  function publish(watch: Watch, view: StatusView): void {
    if (watch.latest && isDeepStrictEqual(watch.latest.view, view)) return;
    watch.latest = { id: `${Date.now()}-${++count}`, view };
    for (const mailbox of watch.mailboxes) mailbox.put(watch.latest);
  }

  function plan(userId: string, watch: Watch, view: StatusView): void {
    if (!view.live && view.state !== 'not_connected') later(userId, watch, retryMs);
    else if (isUnderWay(view)) later(userId, watch, pollMs);
  }

  function later(userId: string, watch: Watch, ms: number): void {
    if (watch.mailboxes.size === 0) return;
    watch.timer = setTimeout(() => refreshQuietly(userId, watch), ms);
  }

  /** For those who do not wait for the answer; the failure was told by `readUntilFresh`. */
  function refreshQuietly(userId: string, watch: Watch): void {
    refresh(userId, watch).catch(() => {});
  }

  async function* watchUser(userId: string, signal?: AbortSignal): AsyncGenerator<Snapshot, void, void> {
    const watch = watchOf(userId);
    const mailbox = createMailbox<Snapshot>(signal);
    watch.mailboxes.add(mailbox);
    try {
      if (watch.latest) mailbox.put(watch.latest);
      await deps.listening();
      refreshQuietly(userId, watch);
      yield* mailbox.letters();
    } finally {
      watch.mailboxes.delete(mailbox);
      leave(userId, watch);
    }
  }

  return {
    read: (userId) => refresh(userId, watchOf(userId)),
    watch: watchUser,
    ring(userId) {
      const watch = watches.get(userId);
      if (watch) refreshQuietly(userId, watch);
    },
    ringAll() {
      for (const [userId, watch] of watches) refreshQuietly(userId, watch);
    },
    forget(userId) {
      for (const mailbox of watches.get(userId)?.mailboxes ?? []) mailbox.close();
    },
    watchedUsers: () => [...watches.values()].filter(({ mailboxes }) => mailboxes.size > 0).length,
    close() {
      for (const watch of watches.values()) {
        if (watch.timer) clearTimeout(watch.timer);
        for (const mailbox of watch.mailboxes) mailbox.close();
      }
    },
  };
}
