import type { RequestEvent } from '@sveltejs/kit';
import { serveFeed } from '#lib/server/calendar/serve-feed.ts';
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
