/** The one place that knows OpenTelemetry. Loaded only where traces are on. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import type { Attributes, Context, HrTime, Span as OtelSpan, SpanContext } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import * as sdk from '@opentelemetry/sdk-trace';
import { errorKindOf, parseTraceparent, traceparentOf } from '#domain/traces.ts';
import type { FinishedSpan, SpanAttributes, TraceHeader } from '#domain/traces.ts';
import { createExporter, type ExporterOptions } from './span-exporter.ts';
import type { Span, SpanStart, Tracing } from './tracing.ts';

export interface TracingOptions extends ExporterOptions {
  service: string;
  sampler: SamplerName;
  ratio: number;
}

export type SamplerName = keyof typeof samplers;

const byRatio = (ratio: number) => new sdk.TraceIdRatioBasedSampler(ratio);
const ofParent = (root: sdk.Sampler) => new sdk.ParentBasedSampler({ root });

const samplers = {
  always_on: () => new sdk.AlwaysOnSampler(),
  always_off: () => new sdk.AlwaysOffSampler(),
  traceidratio: byRatio,
  parentbased_always_on: () => ofParent(new sdk.AlwaysOnSampler()),
  parentbased_always_off: () => ofParent(new sdk.AlwaysOffSampler()),
  parentbased_traceidratio: (ratio: number) => ofParent(byRatio(ratio)),
} satisfies Record<string, (ratio: number) => sdk.Sampler>;

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
} as const;

/** How many spans may wait to be sent. More are dropped: about 2 MB, and half a minute of syncs without a pause. */
const mostWaiting = 4_096;
const sendEveryMs = 1_000;
/** Ending a process waits no longer than this for a collector. */
const closeWithinMs = 2_000;

const scopeName = 'gibney-sync';

export function createTracing({ service, sampler: name, ratio, ...options }: TracingOptions): Tracing {
  const exporter = createExporter(options);
  const processor = new sdk.BatchSpanProcessor({
    exporter,
    maxQueueSize: mostWaiting,
    scheduledDelayMillis: sendEveryMs,
  });
  const resource = resourceFromAttributes({ 'service.name': service, 'service.instance.id': instanceId() });
  const sampler = samplers[name](ratio);
  const provider = new sdk.TracerProvider({ resource, sampler, spanProcessors: [processor] });
  const tracer = provider.getTracer(scopeName);
  const open = new AsyncLocalStorage<OtelSpan>();

  const isKept = (traceId: string) =>
    sampler.shouldSample(ROOT_CONTEXT, traceId, '', SpanKind.INTERNAL, {}, []).decision ===
    sdk.SamplingDecision.RECORD_AND_SAMPLED;

  /** Undefined: there is nothing that it could be a part of. */
  function parentOf({ parent }: SpanStart): Context | undefined {
    if (parent === undefined) {
      const current = open.getStore();
      // A finished one is still known to whatever was begun under it, such as timers and connections.
      return current?.isRecording() ? trace.setSpan(ROOT_CONTEXT, current) : undefined;
    }
    const context = parent && remoteContext(parent, isKept);
    return context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT;
  }

  return {
    inSpan(start, work) {
      const parent = parentOf(start);
      if (!parent) return work(nothing);
      const { name: spanName, kind = 'internal', attributes = {} } = start;
      const span = tracer.startSpan(spanName, { kind: kinds[kind], attributes: attributes as Attributes }, parent);
      return open.run(span, () => until(span, () => work(handleOf(span))));
    },
    isInSpan: () => open.getStore()?.isRecording() ?? false,
    header() {
      const span = open.getStore();
      const context = span?.spanContext();
      if (!span || !context) return null;
      const sampled = (context.traceFlags & TraceFlags.SAMPLED) !== 0;
      return sampled && !span.isRecording() ? null : { traceparent: traceparentOf({ ...context, sampled }) };
    },
    ids() {
      const context = open.getStore()?.spanContext();
      return context && { trace_id: context.traceId, span_id: context.spanId };
    },
    add(span) {
      const sampled = span.undecided ? isKept(span.context.traceId) : span.context.sampled;
      if (sampled) processor.onEnd(readable(span, resource));
    },
    async close() {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, closeWithinMs);
      // What could not be sent has already been reported.
      await Promise.race([provider.shutdown().catch(() => undefined), late.promise]);
      clearTimeout(timer);
      exporter.cut();
    },
  };
}

const instanceId = () => `${hostname()}:${process.pid}`;

const nothing: Span = { rename() {}, set() {}, fail() {} };

function handleOf(span: OtelSpan): Span {
  return {
    rename: (name) => void span.updateName(name),
    set: (attributes: SpanAttributes) => void span.setAttributes(attributes as Attributes),
    fail: (kind) => fail(span, kind),
  };
}

function fail(span: OtelSpan, kind: string): void {
  span.setAttribute('error.type', kind);
  span.setStatus({ code: SpanStatusCode.ERROR, message: kind });
}

/** Ends the span with the work, whether that is a promise or not. */
function until<Result>(span: OtelSpan, work: () => Result): Result {
  const failed = (error: unknown): never => {
    fail(span, errorKindOf(error));
    span.end();
    throw error;
  };
  const done = <Value>(value: Value): Value => {
    span.end();
    return value;
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.then(done, failed) as Result) : done(result);
  } catch (error) {
    return failed(error);
  }
}

function remoteContext(header: TraceHeader, isKept: (traceId: string) => boolean): SpanContext | null {
  const context = parseTraceparent(header.traceparent);
  if (!context) return null;
  const { traceId, spanId } = context;
  const sampled = header.undecided ? isKept(traceId) : context.sampled;
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true };
}

/** The span of a workflow, which cannot make one itself: its code is run again whenever it is replayed. */
function readable(span: FinishedSpan, resource: sdk.ReadableSpan['resource']): sdk.ReadableSpan {
  const { traceId, spanId } = span.context;
  const contextOf = (id: string) => ({ traceId, spanId: id, traceFlags: TraceFlags.SAMPLED });
  return {
    name: span.name,
    kind: kinds[span.kind],
    spanContext: () => contextOf(spanId),
    ...(span.parentId !== undefined && { parentSpanContext: contextOf(span.parentId) }),
    startTime: timeOf(span.startMs),
    endTime: timeOf(span.endMs),
    duration: timeOf(span.endMs - span.startMs),
    status:
      span.error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: span.error },
    attributes: { ...span.attributes, ...(span.error !== undefined && { 'error.type': span.error }) },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: scopeName },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const timeOf = (ms: number): HrTime => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1_000_000)];
