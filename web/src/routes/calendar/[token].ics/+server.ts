import type { RequestEvent } from '@sveltejs/kit';
import { serveFeed } from '#lib/server/calendar/serve-feed.ts';
import { ApiError } from '#lib/server/errors.ts';
import { asApiError } from '#lib/server/known-errors.ts';
import { asResponse } from '#lib/server/http/exchange.ts';
import { problemAnswer } from '#lib/server/rest/problem.ts';

export const GET = async ({ locals, params, request, getClientAddress }: RequestEvent): Promise<Response> => {
  try {
    const { token } = params as { token: string };
    const { body, ...init } = await serveFeed(locals.services, token, request.headers, getClientAddress());
    return new Response(body, init);
  } catch (error) {
    const known = asApiError(error);
    if (known.status >= 500) locals.services.log.error({ err: error }, 'a feed failed');
    return asResponse(problemAnswer(known));
  }
};

export const HEAD = async (event: RequestEvent): Promise<Response> => new Response(null, await GET(event));

/** Calendar apps try WebDAV's methods first, to find out that it is a file. */
export const fallback = ({ request }: RequestEvent): Response => {
  const headers = { allow: 'GET, HEAD, OPTIONS' };
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers });
  const refusal = new ApiError('method_not_allowed', 'A calendar can be read, with GET, and nothing else.');
  return asResponse(problemAnswer(refusal, headers));
};
