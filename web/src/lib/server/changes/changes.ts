import type { z } from 'zod';
import * as queries from '#db/queries/bookings.ts';
import type { ChangeView } from '#lib/api-types.ts';
import type { changeList } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';

/** What syncs found different, newest first. Throws `BadCursorError`. */
export async function listChanges(
  { orm }: Services,
  userId: string,
  input: z.output<typeof changeList>,
): Promise<{ changes: ChangeView[]; nextCursor: string | null }> {
  const found = await queries.listChanges(orm.em.fork(), userId, input);
  return {
    changes: found.changes.map(({ at, ...change }) => ({ ...change, at: at.toISOString() })),
    nextCursor: found.nextCursor,
  };
}
