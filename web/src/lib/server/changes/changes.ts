import type { z } from 'zod';
import * as queries from '#db/queries/bookings.ts';
import type { changeList } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';

/** What syncs found different, newest first. Throws `BadCursorError`. */
export function listChanges({ orm }: Services, userId: string, input: z.output<typeof changeList>) {
  return queries.listChanges(orm.em.fork(), userId, input);
}
