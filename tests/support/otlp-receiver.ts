/** A collector for tests: takes OTLP over HTTP in protobuf, as its specification has it, and keeps what it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';
import { until } from './until.ts';

/** Of opentelemetry/proto/trace/v1/trace.proto and what it imports, by the numbers of the fields. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message Scope { string name = 1; string version = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
    repeated Event events = 11; repeated Link links = 13; Status status = 15;
  }
  message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
  message Link { bytes trace_id = 1; bytes span_id = 2; }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  }
`);
const requestType = root.lookupType('Request');

export interface ReceivedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  /** Empty for the root of a trace. */
  parentId: string;
  startMs: number;
  endMs: number;
  attributes: Record<string, string | number | boolean>;
  events: unknown[];
  status: { code?: number; message?: string };
}

export interface OtlpReceiver {
  endpoint: string;
  spans: ReceivedSpan[];
  /** All requests as they came. */
  requests: { path: string; headers: IncomingMessage['headers']; body: Buffer }[];
  /** Resolves once a span fits. */
  span(fits: (span: ReceivedSpan) => boolean, withinMs?: number): Promise<ReceivedSpan>;
  /** How many requests their sender waits for no longer. */
  readonly givenUp: number;
  /** How it behaves from now on. */
  behave(as: 'well' | 'broken' | 'silent'): void;
  close(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: OtlpReceiver['requests'] = [];
  let givenUp = 0;
  let behavior: 'well' | 'broken' | 'silent' = 'well';
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    response.once('close', () => (givenUp += response.writableEnded ? 0 : 1));
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      requests.push({ path: request.url!, headers: request.headers, body });
      if (behavior === 'silent') return;
      if (behavior === 'broken') return response.writeHead(500).end('the collector is broken');
      spans.push(...spansIn(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    get givenUp() {
      return givenUp;
    },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    span: (fits, withinMs = 30_000) => until('a span that fits', () => spans.find(fits), withinMs),
    behave: (as) => void (behavior = as),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Wire {
  resourceSpans?: { resource?: { attributes?: WirePair[] }; scopeSpans?: { spans?: WireSpan[] }[] }[];
}

interface WirePair {
  key: string;
  value?: Record<string, string | number | boolean>;
}

interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: WirePair[];
  events?: unknown[];
  status?: ReceivedSpan['status'];
}

function spansIn(body: Buffer): ReceivedSpan[] {
  const wire = requestType.toObject(requestType.decode(body), { bytes: String, longs: String }) as Wire;
  return (wire.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesIn(resource?.attributes)['service.name']);
    return (scopeSpans ?? []).flatMap(({ spans }) => (spans ?? []).map((span) => received(service, span)));
  });
}

function received(service: string, span: WireSpan): ReceivedSpan {
  const hex = (base64 = '') => Buffer.from(base64, 'base64').toString('hex');
  return {
    service,
    name: span.name,
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentId: hex(span.parentSpanId),
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
    attributes: attributesIn(span.attributes),
    events: span.events ?? [],
    status: span.status ?? {},
  };
}

function attributesIn(pairs: WirePair[] = []): ReceivedSpan['attributes'] {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value ?? {})[0] ?? '']));
}
