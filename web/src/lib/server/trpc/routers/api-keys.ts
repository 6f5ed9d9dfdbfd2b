import { z } from 'zod';
import { createApiKey, listApiKeys, revokeApiKey } from '#lib/server/auth/api-keys.ts';
import { apiKeyRef, newApiKey } from '#lib/server/schemas/account-inputs.ts';
import { apiKeyView, newApiKeyView } from '#lib/server/schemas/views.ts';
import { router, sessionProcedure } from '../init.ts';

export const apiKeysRouter = router({
  /** Newest first; never the keys themselves. */
  list: sessionProcedure.output(z.array(apiKeyView)).query(({ ctx }) => listApiKeys(ctx.services, ctx.user.id)),

  /** The answer holds the key, this once. */
  create: sessionProcedure
    .input(newApiKey)
    .output(newApiKeyView)
    .mutation(({ ctx, input }) => createApiKey(ctx.services, ctx.user.id, input)),

  /** It opens nothing any more, from this moment. */
  revoke: sessionProcedure
    .input(apiKeyRef)
    .output(z.void())
    .mutation(({ ctx, input }) => revokeApiKey(ctx.services, ctx.user.id, input.id)),
});
