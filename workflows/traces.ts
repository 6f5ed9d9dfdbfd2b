/**
 * Where a trace of a workflow begins, goes on and ends. The workflow says so; what becomes of it is up to the
 * interceptors of `trace-interceptors.ts`, which exist only where tracing is on. Nothing here waits or gives a command, so a
 * history is the same with them and without.
 */
import type { SpanAttributes } from '#domain/traces.ts';

export interface TraceMarks {
  /** What the current message asks for begins later. */
  wanted(): void;
  /** What was asked for begins, or what is merely due. */
  begin(name: string, attributes: SpanAttributes): void;
  /** It is over; with the kind of its failure. */
  end(error?: string): void;
}

let marks: TraceMarks | undefined;

export function markWith(given: TraceMarks): void {
  marks = given;
}

export const traces: TraceMarks = {
  wanted: () => marks?.wanted(),
  begin: (name, attributes) => marks?.begin(name, attributes),
  end: (error) => marks?.end(error),
};
