/** From a request under /api/trpc to its answer. */
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { assertSameOrigin } from '../auth/same-origin.ts';
import type { Session } from '../auth/session.ts';
import { markOf } from '../auth/tokens.ts';
import type { ApiError } from '../errors.ts';
import { admit } from '../http/admit.ts';
import type { DirectCall, HttpAnswer } from '../http/exchange.ts';
import { asApiError } from '../known-errors.ts';
import { problemAnswer } from '../rest/problem.ts';
import { knownError } from './errors.ts';
import { appRouter } from './router.ts';

/** @param path the procedure's name, or those of a batch, decoded */
export async function answerTrpc(call: DirectCall, path: string): Promise<HttpAnswer> {
  try {
    return await answerCalls(call, await sessionOf(call, path));
  } catch (error) {
    return problemAnswer(asApiError(error));
  }
}

/** A page says whose it is: what another session's cookie may see is none of its business. */
async function sessionOf(
  { services, url, method, headers, clientAddress }: DirectCall,
  path: string,
): Promise<Session | null> {
  const session = await admit(services, headers, clientAddress, callsOf(url, path));
  const mark = url.searchParams.get('session');
  if (mark !== null && mark !== (session && markOf(session.id))) return null;
  assertSameOrigin({ method, headers }, url, session, services.config.PUBLIC_URL);
  return session;
}

/** A batch names each of its calls in the path. */
function callsOf({ searchParams }: URL, path: string): number {
  return searchParams.has('batch') ? path.split(',').length : 1;
}

async function answerCalls(call: DirectCall, session: Session | null): Promise<HttpAnswer> {
  const { services, clientAddress } = call;
  let refusal: ApiError | undefined;
  const response = await fetchRequestHandler({
    endpoint: '/api/trpc',
    req: await call.asRequest(),
    router: appRouter,
    maxBatchSize: 20,
    createContext: () => ({ services, session, clientAddress, onStreamRefused: (error) => (refusal = error) }),
    onError({ error, path }) {
      if (knownError(error).reason === 'internal') services.log.error({ err: error, path }, 'a procedure failed');
    },
  });
  if (refusal) {
    await response.body?.cancel();
    return problemAnswer(refusal);
  }
  const { status, body } = response;
  const headers = { 'cache-control': 'no-store', ...Object.fromEntries(response.headers) };
  const isStream = headers['content-type' as keyof typeof headers]?.startsWith('text/event-stream');
  return { status, headers, body: isStream && body ? body : await response.text() };
}
