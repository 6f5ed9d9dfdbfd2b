/** The context of a span in Temporal's headers. No codec seals them: they hold ids of traces and nothing else. */
import { defaultPayloadConverter } from '@temporalio/common';
import type { Headers } from '@temporalio/common';
import { traceHeaderName, type TraceHeader } from '#domain/traces.ts';
import { traceHeader } from '#platform/tracing.ts';

/** With the span that is open here, if there is one. */
export function withTrace(headers: Headers): Headers {
  const header = traceHeader();
  return header ? { ...headers, [traceHeaderName]: defaultPayloadConverter.toPayload(header) } : headers;
}

/** Null where there is none. */
export function traceIn(headers: Headers): TraceHeader | null {
  const payload = headers[traceHeaderName];
  return payload ? defaultPayloadConverter.fromPayload<TraceHeader>(payload) : null;
}
