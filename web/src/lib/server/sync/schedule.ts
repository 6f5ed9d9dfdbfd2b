/** The syncs to come, as their user sees and steers them. */
import { readSyncPlan, wantAgain, type SyncPlan } from '#db/queries/sync-plan.ts';
import { syncDefaults } from '#db/queries/sync-settings.ts';
import { refusalOf } from '#domain/sync-client.ts';
import { SyncRefusedError } from '#temporal/client.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { tellWorkflow } from './tell-workflow.ts';

export async function readSchedule({ orm, config }: Services, userId: string): Promise<SyncPlan> {
  return (await readSyncPlan(orm.em.fork(), userId, syncDefaults(config))) ?? gone();
}

/**
 * One more sync at this time, in the place of one that was asked for before; null: none. The workflow follows at once, or as soon as
 * Temporal is back. Throws `rate_limited`, and as `requestSync` does.
 */
export async function syncAgain(services: Services, userId: string, at: Date | null): Promise<SyncPlan> {
  const { limits, orm, config } = services;
  await limits.take('changes', userId);
  const plan = (await wantAgain(orm.em.fork(), userId, at, syncDefaults(config))) ?? gone();
  if ('refused' in plan) throw new SyncRefusedError(refusalOf(plan.refused));
  await tellWorkflow(services, userId);
  return plan;
}

function gone(): never {
  throw new ApiError('unauthorized', 'This account no longer exists.');
}
