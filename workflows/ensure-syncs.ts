/** Started by a schedule every few minutes: starts workflows that are missing and stops those without a user. */
import type { EnsuredSyncs } from '#domain/activities.ts';
import { ensureSyncs as ensure } from './activity-options.ts';

export async function ensureSyncs(): Promise<EnsuredSyncs> {
  return ensure();
}
