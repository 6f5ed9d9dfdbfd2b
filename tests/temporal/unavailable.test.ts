/** Answers that say nothing about the call: of a server that is being restarted, of a proxy, of a run whose tasks fail. */
import { constants, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createSyncClient } from '#temporal/client.ts';

let server: Http2Server | undefined;

afterEach(() => void server?.close());

/** A client of a server that treats each call so; the calls of verbs are counted. */
async function clientOf(answer: (stream: ServerHttp2Stream) => void) {
  const calls: string[] = [];
  server = createServer().on('stream', (stream, headers) => {
    const path = headers[':path'] ?? '';
    if (path.endsWith('GetSystemInfo')) return succeed(stream);
    calls.push(path);
    stream.on('error', () => undefined); // reset by us
    answer(stream);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const temporal = createSyncClient({
    TEMPORAL_ADDRESS: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: false,
  });
  return { temporal, calls };
}

const grpcHeaders = { ':status': 200, 'content-type': 'application/grpc+proto' };

/** An empty message. */
function succeed(stream: ServerHttp2Stream): void {
  stream.respond(grpcHeaders, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.alloc(5));
}

const failWith = (code: number, message: string) => (stream: ServerHttp2Stream) =>
  stream.respond({ ...grpcHeaders, 'grpc-status': String(code), 'grpc-message': message }, { endStream: true });

const resetWith = (code: number) => (stream: ServerHttp2Stream) => stream.close(code);

const answers: [string, (stream: ServerHttp2Stream) => void][] = [
  ['INTERNAL', failWith(13, 'stream terminated')],
  ['a stream that a proxy reset', resetWith(constants.NGHTTP2_INTERNAL_ERROR)],
  ['a stream that was refused', resetWith(constants.NGHTTP2_REFUSED_STREAM)],
  [
    'a proxy’s own page',
    (stream) => stream.respond({ ':status': 502, 'content-type': 'text/html' }, { endStream: true }),
  ],
];

it.each(answers)('%s is repeated, and then said as what it is', async (_name, answer) => {
  const { temporal, calls } = await clientOf(answer);
  const verbs = [temporal.requestSync, temporal.settingsChanged, temporal.cancelSync, temporal.readStatus];
  const failures = await Promise.allSettled(verbs.map((verb) => verb('someone')));
  expect(failures).toMatchObject(verbs.map(() => ({ reason: { name: 'TemporalUnavailableError' } })));
  expect(calls.length).toBeGreaterThan(verbs.length);
  await temporal.close();
});

it('a verb goes through as soon as the server answers again', async () => {
  let failures = 3;
  const { temporal, calls } = await clientOf((stream) =>
    failures-- > 0 ? failWith(13, 'not yet')(stream) : succeed(stream),
  );
  await temporal.cancelSync('someone');
  expect(calls).toHaveLength(4);
  await temporal.close();
});
