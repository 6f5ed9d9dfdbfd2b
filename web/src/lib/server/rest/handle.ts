/** From a request under /api/v1 to its answer. Every error leaves as `problem+json`. */
import type { RequestEvent } from '@sveltejs/kit';
import type { z } from 'zod';
import { camelShape, snakeShape } from '#domain/shapes/naming.ts';
import { assertSameOrigin } from '../auth/same-origin.ts';
import { assertScope } from '../auth/scopes.ts';
import type { Session, SessionUser } from '../auth/session.ts';
import { ApiError } from '../errors.ts';
import { asApiError } from '../known-errors.ts';
import { fieldErrors } from '../schemas/field-errors.ts';
import { allowedMethods, matchPath } from './match.ts';
import type { Match } from './match.ts';
import { problemResponse } from './problem.ts';
import type { RestAnswer, RestRoute } from './route.ts';

type RestEvent = Pick<RequestEvent, 'request' | 'url' | 'locals' | 'getClientAddress'>;

/** @param path below /api/v1, without a leading slash */
export async function handleRest(event: RestEvent, path: string): Promise<Response> {
  const match = matchPath(path);
  const response = await answer(event, match).catch((error: unknown) => {
    const known = asApiError(error);
    note(event, known, error);
    return problemResponse(known, known.reason === 'method_not_allowed' ? { allow: allowedMethods(match) } : {});
  });
  event.locals.services.metrics.responses.inc({ api: 'rest', status: `${Math.floor(response.status / 100)}xx` });
  return response;
}

/** Only what nobody foresaw is an error; a part that is away is said, and everything else is the caller's. */
function note({ locals, url }: RestEvent, known: ApiError, error: unknown): void {
  const { log } = locals.services;
  if (known.reason === 'internal') log.error({ err: error, path: url.pathname }, 'a call failed');
  else if (known.status >= 500)
    log.warn({ path: url.pathname, code: known.reason }, 'a part that a call needs is away');
}

async function answer(event: RestEvent, match: Match): Promise<Response> {
  const { request, url, locals } = event;
  const { method } = request;
  if (match.routes.size === 0) throw new ApiError('not_found', `There is nothing at ${url.pathname}. See /api/docs.`);
  if (method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow: allowedMethods(match) } });
  const route = match.routes.get(method === 'HEAD' ? 'GET' : method);
  if (!route)
    throw new ApiError('method_not_allowed', `${method} is not supported here, but ${allowedMethods(match)}.`);
  if (!route.public) assertAllowed(route, locals.session);
  assertSameOrigin(request, url, locals.session, locals.services.config.PUBLIC_URL);
  const call = () => run(route, event, match.params);
  const { services, user } = locals;
  return respond(route, await (user ? services.calls.run(user.id, call) : call()));
}

function assertAllowed({ scope }: RestRoute, session: Session | null): void {
  if (!session) throw new ApiError('unauthorized', 'Sign in, or send a valid token.');
  assertScope(session, scope);
}

async function run(route: RestRoute, event: RestEvent, params: Record<string, string>): Promise<RestAnswer> {
  const { request, url, locals } = event;
  return route.run({
    services: locals.services,
    user: locals.user as SessionUser,
    session: locals.session as Session,
    headers: request.headers,
    clientAddress: event.getClientAddress(),
    params: parseParams(route, params) as never,
    query: (route.query && parse(route.query, queryOf(url))) as never,
    body: (route.body && parse(route.body, await readJson(request))) as never,
  });
}

function respond({ answer, download }: RestRoute, { status, body }: RestAnswer): Response {
  const headers = {
    'cache-control': 'no-store',
    ...(download && { 'content-disposition': `attachment; filename="${download}"` }),
  };
  if (body instanceof Response)
    return new Response(body.body, { status, headers: [...body.headers, ...Object.entries(headers)] });
  if (!answer) return new Response(null, { status, headers });
  return Response.json(snakeShape(answer.parse(body)), { status, headers });
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

function parse(schema: z.ZodType, value: unknown): unknown {
  const parsed = snakeShape(schema).safeParse(value);
  if (parsed.success) return camelShape(parsed.data);
  throw new ApiError('validation_failed', 'Some fields are not valid.', { fields: fieldErrors(parsed.error) });
}

/** An empty body reads as `{}`. */
async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text.trim() === '') return {};
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!/^application\/([a-z0-9.+-]+\+)?json$/.test(type))
    throw new ApiError('unsupported_media_type', 'Send JSON, with content-type: application/json.');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError('malformed_json', 'The body is not valid JSON.', { cause: error });
  }
}

async function readText(request: Request): Promise<string> {
  try {
    return await request.text();
  } catch (error) {
    if ((error as { status?: unknown }).status === 413)
      throw new ApiError('payload_too_large', 'The body is too large.', { cause: error });
    throw new ApiError('bad_request', 'The body could not be read to its end.', { cause: error });
  }
}
