/** Started by a schedule every few minutes: starts workflows that are missing and stops those without a user. */
import { ensureSyncs as ensure } from './activity-options.ts';

export async function ensureSyncs(): Promise<{ started: number; stopped: number }> {
  return ensure();
}
