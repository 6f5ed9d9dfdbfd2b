/**
 * What is recorded of a span, wherever it is made. All names of its attributes are here, so that nothing about a person except
 * opaque ids can become one: no address, message or value.
 */

export interface SpanAttributes {
  'http.request.method'?: string | undefined;
  /** The pattern that the path fits, never the path: that may hold a secret link. */
  'http.route'?: string | undefined;
  'http.response.status_code'?: number | undefined;
  'db.system.name'?: string | undefined;
  'db.operation.name'?: string | undefined;
  'db.collection.name'?: string | undefined;
  /** With `$1` where values are. */
  'db.query.text'?: string | undefined;
  'temporal.workflow.type'?: string | undefined;
  'temporal.activity.type'?: string | undefined;
  'temporal.run.id'?: string | undefined;
  'temporal.attempt'?: number | undefined;
  /** From the moment that a worker could have taken it. */
  'temporal.waited_ms'?: number | undefined;
  'gibney.request.id'?: string | undefined;
  'gibney.user.id'?: string | undefined;
  'gibney.job.id'?: string | undefined;
  'gibney.target.id'?: string | undefined;
  'gibney.channel'?: string | undefined;
  'gibney.count'?: number | undefined;
  /** Why a sync began. */
  'gibney.trigger'?: string | undefined;
}

export type SpanKind = 'internal' | 'server' | 'client' | 'consumer';

/** How the context of a span goes from process to process: W3C's `traceparent`, and what Temporal's headers need besides. */
export interface TraceHeader {
  traceparent: string;
  /** A workflow began the trace, and those who know the sampler say, by its id, whether all of it is kept. */
  undecided?: boolean;
  /** From one run to the next: a request that waits there belongs to it. */
  waits?: boolean;
}

/** Of Temporal's headers. */
export const traceHeaderName = 'gibney-trace';

export interface TraceContext {
  traceId: string;
  spanId: string;
  sampled: boolean;
}

const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** Null where there is none. */
export function parseTraceparent(text: unknown): TraceContext | null {
  const [, traceId, spanId, flags] = (typeof text === 'string' && pattern.exec(text)) || [];
  return traceId && spanId && flags ? { traceId, spanId, sampled: (parseInt(flags, 16) & 1) === 1 } : null;
}

export function traceparentOf({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** A span that is over, as workflows report theirs. */
export interface FinishedSpan {
  name: string;
  kind: SpanKind;
  context: TraceContext;
  undecided: boolean;
  /** Absent: it is the root of its trace. */
  parentId?: string | undefined;
  startMs: number;
  endMs: number;
  attributes: SpanAttributes;
  /** The kind of its failure. */
  error?: string | undefined;
}

const safeKind = /^[A-Za-z][\w.-]{0,59}$|^\d[\dA-Z]{4}$/;

/** What failed, by a name or code. A message may hold what somebody wrote, so it is never taken. */
export function errorKindOf(error: unknown): string {
  const { kind, reason, type, code, name } = (error ?? {}) as Record<string, unknown>;
  const named = [kind, reason, type, code, name].find((one) => typeof one === 'string' && safeKind.test(one));
  return (named as string | undefined) ?? 'unknown';
}
