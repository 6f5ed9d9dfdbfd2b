/** Cookies as a request carries them. */
import type { RequestHeaders } from '../http/exchange.ts';

export function cookieIn(headers: RequestHeaders, name: string): string | null {
  const given = (headers.get('cookie') ?? '').split(/; */).find((pair) => pair.startsWith(`${name}=`));
  return given === undefined ? null : decoded(given.slice(name.length + 1));
}

/** The characters of a signature may come percent-encoded. */
export function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // Not encoded, so as it is.
    return value;
  }
}
