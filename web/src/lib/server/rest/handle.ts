/** From a request under /api/v1 to its answer. Every error leaves as `problem+json`. */
import { noteScope } from '#platform/scope.ts';
import { snakeAnswer } from '#domain/shapes/naming.ts';
import { assertSameOrigin } from '../auth/same-origin.ts';
import { assertScope } from '../auth/scopes.ts';
import type { Session, SessionUser } from '../auth/session.ts';
import { ApiError } from '../errors.ts';
import type { HttpAnswer, RequestHeaders } from '../http/exchange.ts';
import { asApiError } from '../known-errors.ts';
import { parseSnake } from '../schemas/parse-snake.ts';
import { allowedMethods, matchPath } from './match.ts';
import type { Match } from './match.ts';
import { problemAnswer } from './problem.ts';
import { readJson } from './read-json.ts';
import { FileAnswer } from './route.ts';
import type { RestAnswer, RestRoute } from './route.ts';
import type { Services } from '../services.ts';

export interface RestCall {
  method: string;
  url: URL;
  headers: RequestHeaders;
  clientAddress: string;
  services: Services;
  session: Session | null;
  /** The body, in UTF-8. Throws `payload_too_large` and `bad_request`. */
  readText(): Promise<string>;
}

/** @param path below /api/v1, without a leading slash */
export async function handleRest(call: RestCall, path: string): Promise<HttpAnswer> {
  const match = matchPath(path);
  const pattern = routeOf(match, call.method)?.path;
  if (pattern !== undefined) noteScope({ route: `/api/v1${pattern}` });
  let outcome = 'ok';
  const response = await answer(call, match).catch((error: unknown) => {
    const known = asApiError(error);
    outcome = known.reason;
    note(call, known, error);
    return problemAnswer(known, known.reason === 'method_not_allowed' ? { allow: allowedMethods(match) } : {});
  });
  noteKeyCall(call, match, outcome);
  return response;
}

/** What is no call of ours does nothing. */
function noteKeyCall({ services, session, method }: RestCall, match: Match, outcome: string): void {
  const route = routeOf(match, method);
  if (!route) return;
  const isChange = route.method !== 'GET';
  services.keyCalls.note(session, { action: `${route.method} ${route.path}`, outcome, isChange });
}

function routeOf({ routes }: Match, method: string): RestRoute | undefined {
  return routes.get(method === 'HEAD' ? 'GET' : method);
}

/** Only what nobody foresaw is an error; a part that is away is said, and everything else is the caller's. */
function note({ services: { log }, url }: RestCall, known: ApiError, error: unknown): void {
  if (known.reason === 'internal') log.error({ err: error, path: url.pathname }, 'a call failed');
  else if (known.status >= 500)
    log.warn({ path: url.pathname, code: known.reason }, 'a part that a call needs is away');
}

async function answer(call: RestCall, match: Match): Promise<HttpAnswer> {
  const { method, url, headers, services, session } = call;
  if (match.routes.size === 0) throw new ApiError('not_found', `There is nothing at ${url.pathname}. See /api/docs.`);
  if (method === 'OPTIONS') return { status: 204, headers: { allow: allowedMethods(match) } };
  const route = routeOf(match, method);
  if (!route)
    throw new ApiError('method_not_allowed', `${method} is not supported here, but ${allowedMethods(match)}.`);
  if (!route.public) assertAllowed(route, session);
  assertSameOrigin({ method, headers }, url, session, services.config.PUBLIC_URL);
  const inTurn = () => run(route, call, match.params);
  return respond(route, await (session ? services.calls.run(session.user.id, inTurn) : inTurn()));
}

function assertAllowed({ scope }: RestRoute, session: Session | null): void {
  if (!session) throw new ApiError('unauthorized', 'Sign in, or send a valid token.');
  assertScope(session, scope);
}

async function run(route: RestRoute, call: RestCall, params: Record<string, string>): Promise<RestAnswer> {
  const { services, session, headers, clientAddress, url } = call;
  return route.run({
    services,
    user: session?.user as SessionUser,
    session: session as Session,
    headers,
    clientAddress,
    params: parseParams(route, params) as never,
    query: (route.query && parseSnake(route.query, queryOf(url))) as never,
    body: (route.body && parseSnake(route.body, await readJson(call))) as never,
  });
}

function respond({ answer, download }: RestRoute, { status, body }: RestAnswer): HttpAnswer {
  const headers = {
    'cache-control': 'no-store',
    ...(download && { 'content-disposition': `attachment; filename="${download}"` }),
  };
  if (body instanceof FileAnswer) return { status, headers: { ...body.headers, ...headers }, body: body.bytes };
  if (!answer) return { status, headers };
  const json = JSON.stringify(snakeAnswer(answer, body));
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body: json };
}

/** A parameter that cannot be one is not found. */
function parseParams({ params: schema }: RestRoute, params: Record<string, string>): unknown {
  const parsed = schema?.safeParse(params);
  if (parsed && !parsed.success) throw new ApiError('not_found', `There is no ${Object.values(params).join(', ')}.`);
  return parsed?.data;
}

/** An empty parameter is how a form says "not given". */
function queryOf(url: URL): Record<string, string> {
  return Object.fromEntries([...url.searchParams].filter(([, value]) => value !== ''));
}
