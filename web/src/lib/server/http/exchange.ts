/** Requests and answers of the API and the calendars, in the shapes that Node's server has, so that no framework stands between. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { currentScope } from '#platform/scope.ts';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { compressAnswer } from '../../../../edge/compress.ts';
import { bodyLimitBytes, dropBytes } from '../../../../edge/rules.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';

/** Of `Headers`, what readers of a request need. */
export type RequestHeaders = Pick<Headers, 'get'>;

export interface DirectCall {
  services: Services;
  method: string;
  url: URL;
  /** By names in lower case. */
  headers: RequestHeaders;
  clientAddress: string;
  /** The body, in UTF-8. Throws `payload_too_large`, and `bad_request` where it ends too early. */
  readText(): Promise<string>;
  /** For who wants a `Request`: with its body, and a signal that aborts when the answer's connection closes. */
  asRequest(): Promise<Request>;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
}

export function readRequest(request: IncomingMessage, response: ServerResponse, url: URL) {
  const { method = 'GET', headers } = request;
  const readText = () => textOf(request);
  return {
    method,
    url,
    headers: { get: (name) => (headers[name] === undefined ? null : String(headers[name])) } satisfies RequestHeaders,
    readText,
    async asRequest() {
      const body = method === 'GET' || method === 'HEAD' ? null : await readText();
      const closed = new AbortController();
      response.once('close', () => closed.abort());
      const given = Object.entries(headers).map(([name, value]) => [name, String(value)] satisfies [string, string]);
      return new Request(url, { method, headers: given, body, signal: closed.signal });
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      // A client reads the answer once it has sent its body; to leave the loop cuts the connection.
      if (bytes <= bodyLimitBytes) parts.push(part);
      else if (bytes > dropBytes) break;
    }
  } catch (error) {
    throw new ApiError('bad_request', 'The body could not be read to its end.', { cause: error });
  }
  if (bytes > bodyLimitBytes) throw new ApiError('payload_too_large', 'The body is too large.');
  return Buffer.concat(parts).toString('utf8');
}

export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
): Promise<void> {
  if (body instanceof ReadableStream) {
    // The server looks at the type of an open answer when it ends, and finds only headers that were set.
    response.setHeaders(new Map(Object.entries(headers)));
    return sendStream(response.writeHead(status), body);
  }
  compressAnswer(request, response, body?.length ?? 0);
  const length = body !== undefined && { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length });
  response.end(body);
}

/** Whoever listens may leave at any time. */
async function sendStream(response: ServerResponse, body: ReadableStream<Uint8Array>): Promise<void> {
  response.flushHeaders();
  currentScope()?.onStream?.();
  await pipeline(Readable.fromWeb(body as never), response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && error.name !== 'AbortError') throw error;
  });
}
