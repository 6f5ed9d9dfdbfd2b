import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import type { RequestEvent } from '@sveltejs/kit';
import { assertSameOrigin } from '#lib/server/auth/same-origin.ts';
import { problemResponse } from '#lib/server/rest/problem.ts';
import { asApiError } from '#lib/server/known-errors.ts';
import { knownError } from '#lib/server/trpc/errors.ts';
import { appRouter } from '#lib/server/trpc/router.ts';

export const fallback = async ({ request, url, locals, getClientAddress }: RequestEvent): Promise<Response> => {
  const { services, session } = locals;
  try {
    assertSameOrigin(request, url, session, services.config.PUBLIC_URL);
  } catch (error) {
    return problemResponse(asApiError(error));
  }
  const response = await fetchRequestHandler({
    endpoint: '/api/trpc',
    req: request,
    router: appRouter,
    maxBatchSize: 20,
    createContext: () => ({ services, session, clientAddress: getClientAddress() }),
    onError({ error, path }) {
      if (knownError(error).reason === 'internal') services.log.error({ err: error, path }, 'a procedure failed');
    },
  });
  services.metrics.responses.inc({ api: 'trpc', status: `${Math.floor(response.status / 100)}xx` });
  return response;
};
