/** The activities of a delivery, with the reason for each number. */
import { proxyActivities } from '@temporalio/workflow';
import type { DeliveryActivities, SyncActivities } from '#domain/activities.ts';
import { isUuid } from '#domain/ids.ts';
import type { DeliverInput } from './messages.ts';
import { deliveryQueue, syncQueue } from './names.ts';

/** Who reads it waits for it; a receiver that is down costs its whole time, each time. */
const priorities = { personal: 2, usual: 3, failing: 4 } as const;

/**
 * How often a receiver is tried depends on what it answers and is decided there; this covers only what keeps us from trying at all.
 * @param isLater it was tried in this run already, and something was left
 */
export function deliverActivity({ targetId, turn }: DeliverInput, isLater: boolean) {
  const isPersonal = turn?.channel === 'push' || turn?.channel === 'mail';
  const priority = turn?.isFailing || (isLater && !isPersonal) ? 'failing' : isPersonal ? 'personal' : 'usual';
  return proxyActivities<DeliveryActivities>({
    taskQueue: deliveryQueue,
    // It ends by itself after less than a minute.
    startToCloseTimeout: '2m',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
    // What somebody types by hand may be any text, and the server takes 64 bytes.
    priority: { priorityKey: priorities[priority], fairnessKey: [turn?.userId, targetId].find(isUuid) ?? '' },
    summary: 'Send what is due',
  }).deliverDue;
}

export const { tellOwner } = proxyActivities<SyncActivities>({
  taskQueue: syncQueue,
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '1d',
  retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '30m' },
  summary: 'Tell the owner of a target that fails',
});
