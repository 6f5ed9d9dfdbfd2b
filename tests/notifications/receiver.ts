/** A receiver of webhooks, as somebody might run it: it answers as a test says and keeps what it was sent. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface Call {
  headers: IncomingHttpHeaders;
  body: string;
  json: { type: string; timestamp: string; data: Record<string, unknown> };
}

export async function startReceiver() {
  const calls: Call[] = [];
  let answer: (response: ServerResponse, call: Call) => unknown = (response) => response.end('thanks');
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const call = { headers: request.headers, body, json: JSON.parse(body) as Call['json'] };
      calls.push(call);
      answer(response, call);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    calls,
    answers: (next: typeof answer) => void (answer = next),
    close: () => (server.closeAllConnections(), server.close()),
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
