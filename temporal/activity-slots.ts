/**
 * The slots of a worker for activities. None is given out while its database is away: a worker that cannot finish a task
 * does not ask for one, and another worker, which can, gets it. Workflow tasks need no database and are taken as usual.
 *
 * Priority says who is next, and not when: where all slots are taken by what takes long, a person would wait for the end of one.
 * So there may be spare ones, given out only while somebody waits.
 */
import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit } from '@temporalio/worker';
import type { DatabaseWatch } from '#db/database-watch.ts';
import { untilAborted } from '#platform/until-aborted.ts';
import type { AwaitedSyncs } from './awaited-syncs.ts';

export interface ActivitySlotsOptions {
  size: number;
  /** At most so many more. The server hands out by priority, so the task of who waits is the next one. */
  spare?: { size: number; awaited: Pick<AwaitedSyncs, 'onHeard' | 'areThere'> } | undefined;
  database: Pick<DatabaseWatch, 'isThere' | 'there'>;
  /** Called with how many of them are free, at the beginning and at each change. */
  onFree?(free: number): void;
}

export function createActivitySlots(options: ActivitySlotsOptions): CustomSlotSupplier<ActivitySlotInfo> {
  const { size, spare, database, onFree } = options;
  /** Below zero where spare ones are out. */
  let left = size;
  let running = 0;
  let isLooking = false;
  let changed = Promise.withResolvers<void>();
  const change = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const runs = (by: number) => onFree?.(Math.max(0, size - (running += by)));
  runs(0);
  spare?.awaited.onHeard(change);

  function take(): SlotPermit | null {
    if (left <= 0 || !database.isThere) return null;
    left -= 1;
    return {};
  }

  /** One look for each change, whichever of the polls makes it: a spare slot for each would be too many. */
  async function takeSpare(signal: AbortSignal): Promise<SlotPermit | null> {
    if (!spare || isLooking || left > 0 || left <= -spare.size) return null;
    isLooking = true;
    try {
      // A database that does not answer is the watch's business: there is nothing spare meanwhile.
      if (!(await spare.awaited.areThere().catch(() => false)) || signal.aborted || left <= -spare.size) return null;
      left -= 1;
      return {};
    } finally {
      isLooking = false;
    }
  }

  return {
    type: 'custom',
    async reserveSlot(_context, signal) {
      for (;;) {
        await database.there(signal);
        const next = changed.promise;
        const permit = take() ?? (await takeSpare(signal));
        if (permit) return permit;
        if (left <= 0 || isLooking) await untilAborted(signal, next);
      }
    },
    /** For an activity that comes with the answer to a workflow task. */
    tryReserveSlot: take,
    markSlotUsed() {
      runs(1);
      // What came first may have been another task than the one that is waited for.
      if (left < 0) change();
    },
    releaseSlot({ slotInfo }) {
      if (slotInfo) runs(-1);
      left += 1;
      change();
    },
  };
}
