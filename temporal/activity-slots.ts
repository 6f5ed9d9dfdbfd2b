/**
 * The slots of a worker for activities. None is given out while its database is away: a worker that cannot finish a task
 * does not ask for one, and another worker, which can, gets it. Workflow tasks need no database and are taken as usual.
 */
import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit } from '@temporalio/worker';
import type { DatabaseWatch } from '#db/database-watch.ts';
import { untilAborted } from '#platform/until-aborted.ts';

export interface ActivitySlotsOptions {
  size: number;
  database: Pick<DatabaseWatch, 'isThere' | 'there'>;
  /** Called with how many of them are free, at the beginning and at each change. */
  onFree?(free: number): void;
}

export function createActivitySlots(options: ActivitySlotsOptions): CustomSlotSupplier<ActivitySlotInfo> {
  const { size, database, onFree } = options;
  let left = size;
  let running = 0;
  let released = Promise.withResolvers<void>();
  const runs = (change: number) => onFree?.(size - (running += change));
  runs(0);

  function take(): SlotPermit | null {
    if (left === 0 || !database.isThere) return null;
    left -= 1;
    return {};
  }

  return {
    type: 'custom',
    async reserveSlot(_context, signal) {
      for (;;) {
        await database.there(signal);
        const permit = take();
        if (permit) return permit;
        if (left === 0) await untilAborted(signal, released.promise);
      }
    },
    /** For an activity that comes with the answer to a workflow task. */
    tryReserveSlot: take,
    markSlotUsed: () => runs(1),
    releaseSlot({ slotInfo }) {
      if (slotInfo) runs(-1);
      left += 1;
      released.resolve();
      released = Promise.withResolvers();
    },
  };
}
