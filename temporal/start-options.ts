/** How a user's workflow is started, by whomever first needs it. */
import type { UserSyncInput } from '#workflows/messages.ts';
import { syncQueue, userSyncId } from '#workflows/names.ts';

export function startOptions(userId: string) {
  return {
    workflowId: userSyncId(userId),
    taskQueue: syncQueue,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    args: [{ userId }] as [UserSyncInput],
    staticSummary: `Gibney rentals of user ${userId}`,
    staticDetails: 'Syncs on its schedule and on `syncNow`. One run is one sync. See docs/operations.md.',
  };
}
