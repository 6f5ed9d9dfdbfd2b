/** Pages and answers leave packed where the client can unpack them. */
import compression from 'compression';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Packing less than this gains no packet. */
const fromBytes = 1024;

/** Streams of events must not wait in a packer, and feeds come packed, under an ETag that says so. */
const leftAlone = /^text\/(event-stream|calendar)/i;

const pack = compression({
  threshold: fromBytes,
  filter: (request, response) =>
    !leftAlone.test(String(response.getHeader('content-type') ?? '')) && compression.filter(request, response),
});

/** To be called before the answer is written. @param bytes its length, where that is known */
export function compressAnswer(request: IncomingMessage, response: ServerResponse, bytes = Infinity): void {
  if (bytes < fromBytes || request.headers['accept-encoding'] === undefined) return;
  // It is made for Express, and uses nothing that Express adds.
  pack(request as Parameters<typeof pack>[0], response as Parameters<typeof pack>[1], () => {});
}
