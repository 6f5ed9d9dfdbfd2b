import type { RequestEvent } from '@sveltejs/kit';
import { serveFeed } from '#lib/server/calendar/serve-feed.ts';
import { asApiError } from '#lib/server/known-errors.ts';
import { problemResponse } from '#lib/server/rest/problem.ts';

export const GET = async ({ locals, params, request }: RequestEvent): Promise<Response> => {
  try {
    const { text, etag } = await serveFeed(locals.services, (params as { token: string }).token);
    const headers = { etag, 'cache-control': 'private, max-age=300' };
    if (isKnown(request, etag)) return new Response(null, { status: 304, headers });
    const type = 'text/calendar; charset=utf-8';
    return new Response(text, {
      headers: { ...headers, 'content-type': type, 'content-disposition': 'inline; filename="rentals.ics"' },
    });
  } catch (error) {
    const known = asApiError(error);
    if (known.status >= 500) locals.services.log.error({ err: error }, 'a feed failed');
    return problemResponse(known);
  }
};

function isKnown(request: Request, etag: string): boolean {
  const tags = request.headers.get('if-none-match')?.split(',') ?? [];
  return tags.some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}
