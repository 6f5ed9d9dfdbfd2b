/** Each request is known to the lines of the log that it causes, and is a span where traces are on. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endScope, inScope, type Scope } from '#platform/scope.ts';
import { inSpan, type Span } from '#platform/tracing.ts';

/** What is asked all the time and says nothing: probes, figures, files. */
const untraced = /^\/(healthz|readyz|metrics|favicon\.ico|service-worker\.js|_app\/)/;

export function withinRequest(request: IncomingMessage, response: ServerResponse, answer: () => void): void {
  const scope: Scope = {};
  response.once('close', () => setImmediate(endScope, scope));
  inScope(scope, () => {
    if (untraced.test(request.url ?? '')) return answer();
    const method = request.method ?? '';
    const { traceparent } = request.headers;
    const parent = traceparent === undefined ? null : { traceparent: String(traceparent) };
    const attributes = { 'http.request.method': method };
    void inSpan({ name: method, kind: 'server', parent, attributes }, async (span) => {
      const answered = endOf(response, scope);
      answer();
      await answered;
      describe(span, method, response, scope);
    });
  });
}

/** Sent or cut off, or, where it is a stream that stays open, begun. */
async function endOf(response: ServerResponse, scope: Scope): Promise<void> {
  const streams = new Promise<void>((resolve) => (scope.onStream = resolve));
  await Promise.race([once(response, 'close'), streams]);
}

function describe(span: Span, method: string, { statusCode }: ServerResponse, { route, requestId, userId }: Scope) {
  if (route !== undefined) span.rename(`${method} ${route}`);
  span.set({
    'http.route': route,
    'http.response.status_code': statusCode,
    'gibney.request.id': requestId,
    'gibney.user.id': userId,
  });
  if (statusCode >= 500) span.fail(`HTTP.${statusCode}`);
}
