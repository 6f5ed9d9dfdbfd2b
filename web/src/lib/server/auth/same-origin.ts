import { ApiError } from '../errors.ts';
import type { RequestHeaders } from '../http/exchange.ts';
import type { Session } from './session.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a change that another site made the browser send: a browser adds its cookie whoever asks, but it also says
 * who asked. A bearer token is never added by a browser, so it needs no such check. Throws `forbidden_origin`.
 */
export function assertSameOrigin(
  request: { method: string; headers: RequestHeaders },
  url: URL,
  session: Session | null,
  publicUrl: string,
): void {
  if (session?.via !== 'cookie' || safeMethods.has(request.method)) return;
  const origin = request.headers.get('origin');
  const same = origin
    ? origin === url.origin || origin === new URL(publicUrl).origin
    : request.headers.get('sec-fetch-site') === 'same-origin';
  if (!same) throw new ApiError('forbidden_origin', 'This request must come from our own pages, or carry a token.');
}
