/**
 * The load generator. autocannon, the usual choice, keeps latencies as whole milliseconds, and of 2xx answers only:
 * the floor's are under one, and a feed that has not changed answers 304. Nor can it end a stream at its first event. So
 * this is undici, one client a connection, with exact times.
 */
import { Client } from 'undici';
import type { Dispatcher } from 'undici';
import type { FromGenerator, LoadRequest, LoadResult, ToGenerator } from './messages.ts';

interface Answer {
  bytes: number;
  contentEncoding: string | null;
}

const tell = (message: FromGenerator) => process.send!(message);
let stopped = false;

function ask(client: Client, { url, headers, method = 'GET', body, status, firstChunkOnly }: LoadRequest) {
  const { pathname, search } = new URL(url);
  return new Promise<Answer>((resolve, reject) => {
    const answer: Answer = { bytes: 0, contentEncoding: null };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart(_controller, statusCode, answered) {
        answer.contentEncoding = (answered['content-encoding'] as string | undefined) ?? null;
        if (statusCode !== status)
          reject(new Error(`${method} ${pathname} answered ${statusCode} instead of ${status}`));
      },
      onResponseData(_controller, chunk) {
        answer.bytes += chunk.length;
        if (firstChunkOnly) resolve(answer);
      },
      onResponseEnd: () => resolve(answer),
      onResponseError: (_controller, error) => reject(error),
    };
    client.dispatch({ path: pathname + search, method, headers, body }, handler);
  });
}

async function load(request: LoadRequest): Promise<LoadResult> {
  const latencies: number[] = [];
  const sentAt: number[] = [];
  const total: Answer = { bytes: 0, contentEncoding: null };
  const begun = performance.now();
  const end = request.ms === undefined ? Infinity : begun + request.ms;
  let left = request.requests ?? Infinity;
  const connection = async () => {
    const connect = () => new Client(new URL(request.url).origin);
    let client = connect();
    while (!stopped && left-- > 0 && performance.now() < end) {
      const sent = performance.now();
      const answer = await ask(client, request);
      latencies.push(performance.now() - sent);
      sentAt.push(performance.timeOrigin + sent);
      total.bytes += answer.bytes;
      total.contentEncoding = answer.contentEncoding;
      if (!request.firstChunkOnly) continue;
      await client.destroy();
      client = connect();
    }
    await client.destroy();
  };
  await Promise.all(Array.from({ length: request.connections }, connection));
  const seconds = (performance.now() - begun) / 1_000;
  return { seconds, latencies: Float64Array.from(latencies), sentAt: Float64Array.from(sentAt), ...total };
}

process.on('message', (message: ToGenerator) => {
  if (message.type === 'stop') {
    stopped = true;
    return;
  }
  stopped = false;
  tell({ type: 'begun' });
  load(message.request).then(
    (result) => tell({ type: 'result', result }),
    (error: unknown) => tell({ type: 'error', message: error instanceof Error ? error.message : String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));
tell({ type: 'ready' });
