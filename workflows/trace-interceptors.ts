/**
 * Bundled with the workflows where tracing is on. Contexts go in headers, and spans through a sink: no command and no
 * extra promise is added, so workers with and without these replay each other's histories. Ids are drawn from
 * a random stream of their own, so those of jobs stay what they are.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import type { Headers } from '@temporalio/common';
import { AsyncLocalStorage, getRandomStream, proxySinks, workflowInfo } from '@temporalio/workflow';
import type {
  Sinks,
  WorkflowInboundCallsInterceptor,
  WorkflowInterceptors,
  WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { errorKindOf, parseTraceparent, traceHeaderName, traceparentOf } from '#domain/traces.ts';
import type { FinishedSpan, SpanAttributes, TraceContext, TraceHeader } from '#domain/traces.ts';
import { markWith } from './traces.ts';

export interface TraceSinks extends Sinks {
  traces: { tell(span: FinishedSpan): void };
}

const { traces } = proxySinks<TraceSinks>();

/** A span that is open, and what it takes to go on from it. */
interface Place extends TraceContext {
  undecided: boolean;
}

interface OpenSpan {
  name: string;
  place: Place;
  parentId?: string | undefined;
  startMs: number;
  attributes: SpanAttributes;
}

/** From the attempt, in the middle of its own trace: it would say no more than the attempt's span does. */
const untold = 'reportProgress';

export const interceptors = (): WorkflowInterceptors => {
  const run = new TracedRun();
  markWith(run);
  return { inbound: [run.inbound], outbound: [run.outbound] };
};

class TracedRun {
  readonly #handling = new AsyncLocalStorage<Place>();
  /** Of the message that came last. */
  #latest: Place | null = null;
  /** Of the message whose request waits. */
  #wanted: Place | null = null;
  #work: OpenSpan | null = null;

  wanted(): void {
    this.#wanted = this.#handling.getStore() ?? null;
  }

  begin(name: string, attributes: SpanAttributes): void {
    this.#work = this.#open(name, this.#wanted, attributes);
    this.#wanted = null;
  }

  end(error?: string): void {
    if (this.#work) tell(this.#work, error);
    this.#work = null;
  }

  readonly inbound: WorkflowInboundCallsInterceptor = {
    execute: (input, next) => {
      const header = headerIn(input.headers);
      const place = placeOf(header);
      if (header?.waits) this.#wanted = place;
      else this.#latest = place;
      return next(input);
    },
    handleUpdate: (input, next) => this.#handle(input.name, input.headers, () => next(input)),
    handleSignal: (input, next) =>
      input.signalName === untold ? next(input) : this.#handle(input.signalName, input.headers, () => next(input)),
  };

  readonly outbound: WorkflowOutboundCallsInterceptor = {
    scheduleActivity: (input, next) => {
      const place = this.#current();
      return next(place ? { ...input, headers: withHeader(input.headers, place) } : input);
    },
    continueAsNew: (input, next) =>
      next(this.#wanted ? { ...input, headers: withHeader(input.headers, this.#wanted, { waits: true }) } : input),
    getLogAttributes: (input, next) => {
      const place = this.#current();
      return next(place ? { ...input, trace_id: place.traceId, span_id: place.spanId } : input);
    },
  };

  #handle<Result>(message: string, headers: Headers, handler: () => Promise<Result>): Promise<Result> {
    const parent = placeOf(headerIn(headers));
    if (!parent) return handler();
    const span = this.#open(`handle ${message}`, parent, {});
    this.#latest = span.place;
    const result = this.#handling.run(span.place, handler);
    // Beside the result, not before it.
    result.then(
      () => tell(span),
      (error: unknown) => tell(span, errorKindOf(error)),
    );
    return result;
  }

  #open(name: string, parent: Place | null, attributes: SpanAttributes): OpenSpan {
    const { workflowType, runId } = workflowInfo();
    return {
      name,
      place: parent ? { ...parent, spanId: newId(16) } : newTrace(),
      parentId: parent?.spanId,
      startMs: Date.now(),
      attributes: { 'temporal.workflow.type': workflowType, 'temporal.run.id': runId, ...attributes },
    };
  }

  /** Null where nobody sent a message: an activity then begins a trace of its own. */
  #current(): Place | null {
    return this.#handling.getStore() ?? this.#work?.place ?? this.#latest;
  }
}

function tell({ name, place: { undecided, ...context }, ...span }: OpenSpan, error?: string): void {
  traces.tell({ name, kind: 'internal', context, undecided, endMs: Date.now(), error, ...span });
}

const newId = (length: 16 | 32) => getRandomStream('traces').uuid4().replaceAll('-', '').slice(-length);

function newTrace(): Place {
  return { traceId: newId(32), spanId: newId(16), sampled: false, undecided: true };
}

function headerIn(headers: Headers): TraceHeader | null {
  const payload = headers[traceHeaderName];
  return payload ? defaultPayloadConverter.fromPayload<TraceHeader>(payload) : null;
}

function placeOf(header: TraceHeader | null): Place | null {
  const context = header && parseTraceparent(header.traceparent);
  return context && { ...context, undecided: header.undecided ?? false };
}

function withHeader(headers: Headers, place: Place, more: Partial<TraceHeader> = {}): Headers {
  const header: TraceHeader = {
    traceparent: traceparentOf(place),
    ...(place.undecided && { undecided: true }),
    ...more,
  };
  return { ...headers, [traceHeaderName]: defaultPayloadConverter.toPayload(header) };
}
