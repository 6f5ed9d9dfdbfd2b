import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compressAnswer } from '../../web/edge/compress.ts';

const page = `<!doctype html>${'<p>Studio A</p>'.repeat(200)}`;

const answers: Record<string, (response: ServerResponse) => void> = {
  '/page': (response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page),
  '/chunks': (response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.write(page.slice(0, 100));
    response.end(page.slice(100));
  },
  '/short': (response) =>
    response.setHeader('content-length', 2).writeHead(200, { 'content-type': 'text/html' }).end('ok'),
  '/feed.ics': (response) => response.writeHead(200, { 'content-type': 'text/calendar', etag: '"plain"' }).end(page),
  '/font': (response) => response.writeHead(200, { 'content-type': 'font/woff2' }).end(page),
  '/events': (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n'),
};

const server = createServer((request, response) => {
  compressAnswer(request, response);
  answers[request.url!]!(response);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

/** As it comes over the wire; of a stream the first part. */
function get(path: string, accepted?: string) {
  const { port } = server.address() as AddressInfo;
  const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
  return new Promise<{ headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      const done = () => resolve({ headers: answer.headers, body: Buffer.concat(chunks) });
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (path === '/events') done();
      });
      answer.on('end', done);
    });
    sent.on('error', reject).end();
  });
}

it.each([
  ['br', 'gzip, deflate, br, zstd', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
  ['gzip', 'gzip;q=0.5, br;q=0', gunzipSync],
])('sends a page as %s where the client takes %s, and says what it depends on', async (coding, accepted, unpack) => {
  for (const path of ['/page', '/chunks']) {
    const { headers, body } = await get(path, accepted);
    expect(headers).toMatchObject({ 'content-encoding': coding, vary: 'Accept-Encoding' });
    expect(unpack(body).toString()).toBe(page);
    expect(body.length).toBeLessThan(page.length / 10);
  }
});

it('sends a page as it is to who unpacks nothing', async () => {
  for (const accepted of [undefined, 'identity', 'gzip;q=0, br;q=0']) {
    const { headers, body } = await get('/page', accepted);
    expect(headers['content-encoding']).toBeUndefined();
    expect(body.toString()).toBe(page);
  }
});

it.each(['/short', '/feed.ics', '/font'])('leaves %s as it is', async (path) => {
  const { headers } = await get(path, 'gzip, br');
  expect(headers['content-encoding']).toBeUndefined();
});

it('holds back no event of a stream', async () => {
  const { headers, body } = await get('/events', 'gzip, br');
  expect(headers['content-encoding']).toBeUndefined();
  expect(body.toString()).toBe('data: 1\n\n');
});
