/** Requests and answers of the API and the calendars, in the shapes that Node's server has, so that no framework stands between. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { compressAnswer } from '../../../../edge/compress.ts';

/** Of `Headers`, what readers of a request need. */
export type RequestHeaders = Pick<Headers, 'get'>;

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

/** @param names in lower case */
export function headersOf({ headers }: IncomingMessage): RequestHeaders {
  return {
    get(name) {
      const value = headers[name];
      return value === undefined ? null : String(value);
    },
  };
}

export function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  compressAnswer(request, response, body?.length ?? 0);
  response.writeHead(status, {
    ...headers,
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
  });
  response.end(body);
}

export function asResponse({ body, ...init }: HttpAnswer): Response {
  return new Response(body ?? null, init);
}
