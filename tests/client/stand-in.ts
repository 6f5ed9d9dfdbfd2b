/** A server that answers as it is told, for what no real service does when it is asked to. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Answer = (response: ServerResponse) => unknown;

export interface Call {
  /** Such as `GET /api/v1/user/profile`. */
  name: string;
  /** With what is asked for after the `?`. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface StandIn extends AsyncDisposable {
  url: string;
  calls: Call[];
  /** Breaks off all answers that are not whole. */
  cut(): void;
}

/** Each call gets the next of its answers, and the last one from then on. */
export async function standIn(answers: Record<string, Answer[]>): Promise<StandIn> {
  const calls: Call[] = [];
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    open.add(response.once('close', () => open.delete(response)));
    void text(request).then((body) => {
      const name = `${request.method} ${request.url!.split('?')[0]}`;
      const nth = calls.filter((call) => call.name === name).length;
      calls.push({ name, path: request.url!, headers: request.headers, body });
      const given = answers[name] ?? [problem(404, 'not_found')];
      given[Math.min(nth, given.length - 1)]!(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => open.forEach((response) => response.destroy());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  json({ status, code, detail: `It is ${code}.` }, status, headers);

/** Of a procedure. */
export const result = (data: unknown): Answer => json({ result: { data } });

/** The beginning of an answer that has no end. */
export const begun =
  (type: string, start: string): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': type });
    response.write(start);
  };

/** A live status that says this, and then nothing. */
export const statuses = (...views: object[]): Answer =>
  begun('text/event-stream', views.map((view) => `data: ${JSON.stringify(view)}\n\n`).join(''));
