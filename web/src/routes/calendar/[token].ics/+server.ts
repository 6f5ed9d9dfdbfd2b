import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RequestEvent } from '@sveltejs/kit';
import { etagOf, isNotModified, wantsGzip } from '#lib/server/calendar/preconditions.ts';
import type { Validators } from '#lib/server/calendar/preconditions.ts';
import { openFeed } from '#lib/server/calendar/serve-feed.ts';
import { asApiError } from '#lib/server/known-errors.ts';
import { problemResponse } from '#lib/server/rest/problem.ts';

const pack = promisify(gzip);

export const GET = async ({ locals, params, request, getClientAddress }: RequestEvent): Promise<Response> => {
  try {
    const feed = await openFeed(locals.services, (params as { token: string }).token, getClientAddress());
    const packed = wantsGzip(request.headers);
    if (isNotModified(request.headers, feed))
      return new Response(null, { status: 304, headers: headersOf(feed, packed) });
    const { text, ...validators } = await feed.read();
    const headers = {
      ...headersOf(validators, packed),
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': 'inline; filename="rentals.ics"',
      ...(packed && { 'content-encoding': 'gzip' }),
    };
    return new Response(packed ? new Uint8Array(await pack(text)) : text, { headers });
  } catch (error) {
    const known = asApiError(error);
    if (known.status >= 500) locals.services.log.error({ err: error }, 'a feed failed');
    return problemResponse(known);
  }
};

function headersOf(validators: Validators, packed: boolean): Record<string, string> {
  return {
    etag: etagOf(validators, packed),
    'last-modified': validators.lastModified.toUTCString(),
    // Kept by the one who asked, and asked about each time: a 304 is cheap.
    'cache-control': 'private, no-cache',
    vary: 'accept-encoding',
    'x-robots-tag': 'noindex',
  };
}
