import { z } from 'zod';
import { apiKey, newApiKey } from '#domain/shapes/account.ts';
import { keyCalls } from '#domain/shapes/audit.ts';
import { listOwnKeyCalls } from '#lib/server/audit/audit.ts';
import { listApiKeys, requestApiKey, revokeApiKey } from '#lib/server/auth/api-keys.ts';
import { apiKeyRequest } from '#lib/server/schemas/account-inputs.ts';
import { keyCallList } from '#lib/server/schemas/operate-inputs.ts';
import { ref } from '#lib/server/schemas/inputs.ts';
import { router, sessionProcedure } from '../init.ts';

export const apiKeysRouter = router({
  /** Newest first; never the keys themselves. */
  list: sessionProcedure.output(z.array(apiKey)).query(({ ctx }) => listApiKeys(ctx.services, ctx.user.id)),

  /** What the keys did, newest first; what only asks is noted once a minute. */
  calls: sessionProcedure
    .input(keyCallList)
    .output(keyCalls)
    .query(({ ctx, input }) => listOwnKeyCalls(ctx.services, ctx.user.id, input)),

  /** The answer holds the key, this once. */
  create: sessionProcedure
    .input(apiKeyRequest)
    .output(newApiKey)
    .mutation(({ ctx, input }) => requestApiKey(ctx.services, ctx.session, input)),

  /** It opens nothing any more, from this moment. */
  revoke: sessionProcedure
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => revokeApiKey(ctx.services, ctx.user.id, input.id)),
});
