/**
 * Traces: who caused what, and how long it took. Where no endpoint is configured nothing of OpenTelemetry is loaded, and
 * all of this does nothing.
 */
import type { FinishedSpan, SpanAttributes, SpanKind, TraceHeader } from '#domain/traces.ts';

export interface SpanStart {
  name: string;
  kind?: SpanKind;
  attributes?: SpanAttributes;
  /** The span in another process that it belongs to; null: none. Absent: it is part of what is being traced here. */
  parent?: TraceHeader | null;
}

export interface Span {
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** With a kind of failure, never a message. */
  fail(kind: string): void;
}

export interface Tracing {
  /** Does the work within a span. One without `parent` is made only while a span is open here. */
  inSpan<Result>(start: SpanStart, work: (span: Span) => Result): Result;
  /** A span is open here, and kept. */
  isInSpan(): boolean;
  /** The span that is open here, for whoever goes on with its work elsewhere. */
  header(): TraceHeader | null;
  /** For a line of the log. */
  ids(): { trace_id: string; span_id: string } | undefined;
  add(span: FinishedSpan): void;
  /** Sends what is left, as far as that is quick. */
  close(): Promise<void>;
}

// The built web app has a copy of this module of its own, in the same process as the server around it.
const holder = globalThis as typeof globalThis & { gibneyTracing?: Tracing | undefined };

export function setTracing(tracing: Tracing | undefined): void {
  holder.gibneyTracing = tracing;
}

export function isTracing(): boolean {
  return holder.gibneyTracing !== undefined;
}

const noSpan: Span = { rename() {}, set() {}, fail() {} };

export function inSpan<Result>(start: SpanStart, work: (span: Span) => Result): Result {
  const tracing = holder.gibneyTracing;
  return tracing ? tracing.inSpan(start, work) : work(noSpan);
}

export const isInSpan = (): boolean => holder.gibneyTracing?.isInSpan() ?? false;

export const traceHeader = (): TraceHeader | null => holder.gibneyTracing?.header() ?? null;

export const traceIds = () => holder.gibneyTracing?.ids();

export const addSpan = (span: FinishedSpan): void => holder.gibneyTracing?.add(span);

export async function closeTracing(): Promise<void> {
  const tracing = holder.gibneyTracing;
  holder.gibneyTracing = undefined;
  await tracing?.close();
}
