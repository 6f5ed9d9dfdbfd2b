/** When syncs happen by themselves. */
import type { z } from 'zod';
import { studioZone } from '#domain/studio-zone.ts';
import { fitWaitingToZone } from '#db/queries/notices.ts';
import { readUserSettings, writeUserSettings } from '#db/queries/users.ts';
import type { settingsChange, SettingsView } from '#domain/shapes/account.ts';
import { startDelivery } from '../deliveries/deliveries.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { tellWorkflow } from '../sync/tell-workflow.ts';

export async function readSettings({ orm, config }: Services, userId: string): Promise<SettingsView> {
  const row = await readUserSettings(orm.em.fork(), userId);
  if (!row) throw noSuchAccount();
  return {
    intervalMinutes: row.intervalMinutes ?? config.SYNC_INTERVAL_MINUTES,
    quietFrom: row.quietFrom,
    quietTo: row.quietTo,
    timeZone: row.timeZone ?? studioZone,
    closerBeforeRentals: row.closerBeforeRentals,
  };
}

/** What is left out stays. The workflow follows at once, or as soon as Temporal is back. Throws `rate_limited`. */
export async function updateSettings(
  services: Services,
  userId: string,
  change: z.output<typeof settingsChange>,
): Promise<SettingsView> {
  await services.limits.take('changes', userId);
  const targets = await services.orm.em.fork().transactional(async (em) => {
    if (!(await writeUserSettings(em, userId, change))) throw noSuchAccount();
    return change.timeZone === undefined ? [] : fitWaitingToZone(em, userId);
  });
  await tellWorkflow(services, userId);
  for (const target of targets) startDelivery(services, target);
  return readSettings(services, userId);
}

function noSuchAccount(): ApiError {
  return new ApiError('unauthorized', 'This account no longer exists.');
}
