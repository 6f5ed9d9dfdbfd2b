import { audit } from '#domain/shapes/audit.ts';
import { listAudit } from '#lib/server/audit/audit.ts';
import * as inputs from '#lib/server/schemas/operate-inputs.ts';
import { operatorProcedure, router } from '../init.ts';

export const operateRouter = router({
  /** Newest first. */
  audit: operatorProcedure
    .input(inputs.auditList)
    .output(audit)
    .query(({ ctx, input }) => listAudit(ctx.services, input)),
});
