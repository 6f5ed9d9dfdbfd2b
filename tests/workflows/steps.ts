/** What many tests of the workflow do. */
import type { WorkflowHandle } from '@temporalio/client';
import { userSyncId } from '#workflows/names.ts';
import type { World } from './harness.ts';

/** What an operator would use, beside the verbs of the web. */
export function handleOf({ temporal, userId }: World): WorkflowHandle {
  return temporal.client.workflow.getHandle(userSyncId(userId));
}

export function signal(world: World, definition: Parameters<WorkflowHandle['signal']>[0], ...args: unknown[]) {
  return handleOf(world).signal(definition as never, ...(args as never[]));
}

/** Connects the user, lets the first sync go well, and waits until the workflow sleeps. */
export async function firstSync(world: World): Promise<void> {
  await world.temporal.settingsChanged(world.userId);
  (await world.attempt(1)).succeed();
  await world.closedJobs(1);
  await world.statusWhen(({ state }) => state === 'sleeping');
}
