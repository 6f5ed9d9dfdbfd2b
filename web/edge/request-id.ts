/** Each request has an id, which its answer, the log and the audit log name. Set by our own server only; what a client sends there is overwritten. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { noteScope } from '#platform/scope.ts';

export const requestIdHeader = 'x-request-id';

export function nameRequest(request: IncomingMessage, response: ServerResponse): void {
  const id = randomUUID();
  request.headers[requestIdHeader] = id;
  response.setHeader(requestIdHeader, id);
  noteScope({ requestId: id });
}
