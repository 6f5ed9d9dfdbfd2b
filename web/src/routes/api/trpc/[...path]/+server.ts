import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import type { RequestEvent } from '@sveltejs/kit';
import { assertSameOrigin } from '#lib/server/auth/same-origin.ts';
import type { Session } from '#lib/server/auth/session.ts';
import { markOf } from '#lib/server/auth/tokens.ts';
import type { ApiError } from '#lib/server/errors.ts';
import { asResponse } from '#lib/server/http/exchange.ts';
import { problemAnswer } from '#lib/server/rest/problem.ts';
import { asApiError } from '#lib/server/known-errors.ts';
import { knownError } from '#lib/server/trpc/errors.ts';
import { appRouter } from '#lib/server/trpc/router.ts';

export const fallback = async ({ request, url, locals, getClientAddress }: RequestEvent): Promise<Response> => {
  const { services } = locals;
  const session = isOfPage(url, locals.session) ? locals.session : null;
  try {
    assertSameOrigin(request, url, session, services.config.PUBLIC_URL);
  } catch (error) {
    return asResponse(problemAnswer(asApiError(error)));
  }
  let refusal: ApiError | undefined;
  const answer = await fetchRequestHandler({
    endpoint: '/api/trpc',
    req: request,
    router: appRouter,
    maxBatchSize: 20,
    createContext: () => ({
      services,
      session,
      clientAddress: getClientAddress(),
      onStreamRefused: (error) => (refusal = error),
    }),
    onError({ error, path }) {
      if (knownError(error).reason === 'internal') services.log.error({ err: error, path }, 'a procedure failed');
    },
  });
  if (refusal) await answer.body?.cancel();
  const response = refusal ? asResponse(problemAnswer(refusal)) : answer;
  services.metrics.responses.inc({ api: 'trpc', status: `${Math.floor(response.status / 100)}xx` });
  return response;
};

/** A page says whose it is: what another session's cookie may see is none of its business. */
function isOfPage({ searchParams }: URL, session: Session | null): boolean {
  const mark = searchParams.get('session');
  return mark === null || mark === (session && markOf(session.id));
}
