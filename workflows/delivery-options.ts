/** The activities of a delivery, with the reason for each number. */
import { proxyActivities } from '@temporalio/workflow';
import type { DeliveryActivities, SyncActivities } from '#domain/activities.ts';
import { deliveryQueue, syncQueue } from './names.ts';

/** How often a receiver is tried depends on what it answers and is decided there; this covers only what keeps us from trying at all. */
export const { deliverDue } = proxyActivities<DeliveryActivities>({
  taskQueue: deliveryQueue,
  // It ends by itself after less than a minute.
  startToCloseTimeout: '2m',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
  summary: 'Send what is due',
});

export const { tellOwner } = proxyActivities<SyncActivities>({
  taskQueue: syncQueue,
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '1d',
  retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '30m' },
  summary: 'Tell the owner of a target that fails',
});
