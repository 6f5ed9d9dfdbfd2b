import { z } from 'zod';
import { listChanges } from '../../changes/changes.ts';
import { changeList } from '../../schemas/inputs.ts';
import { changeView } from '../../schemas/views.ts';
import { router, userProcedure } from '../init.ts';

export const changesRouter = router({
  /** What syncs found different, newest first; of one booking or of one job where asked. */
  list: userProcedure
    .input(changeList.optional())
    .output(z.object({ changes: z.array(changeView), nextCursor: z.string().nullable() }))
    .query(({ ctx, input }) => listChanges(ctx.services, ctx.user.id, input ?? changeList.parse({}))),
});
