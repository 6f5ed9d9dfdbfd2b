/** Started by a schedule once a day: deletes what is past its time. */
import type { DeletedByRetention } from '#domain/activities.ts';
import { applyRetention } from './activity-options.ts';

export async function retention(): Promise<DeletedByRetention> {
  // The server's clock: a worker whose own clock runs ahead must not delete what is young.
  return applyRetention({ now: Date.now() });
}
