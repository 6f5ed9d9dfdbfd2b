/** The proxy in front: events leave as they come, and who calls is what the proxy saw. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { findFreePort, listenError } from '#platform/ports.ts';
import { findDebianTool } from '../support/debian-tool.ts';
import { temporaryFolder } from '../support/index.ts';
import { until } from '../support/until.ts';

const caddy = await findDebianTool({ name: 'caddy', of: 'caddy', version: 'version' });
const file = ['--config', inProject('deploy', 'compose', 'Caddyfile'), '--adapter', 'caddyfile'];

const env = async (more: Record<string, string>) => {
  const folder = await temporaryFolder();
  return { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, ...more };
};

describe.skipIf(!caddy)('the Caddyfile', () => {
  it('is valid for an https address', async () => {
    const settings = await env({ PUBLIC_URL: 'https://sync.example.org' });
    await promisify(execFile)(caddy!, ['validate', ...file], { env: settings });
  });

  it('passes on an event while the stream goes on, and no word of a client about itself', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const web = createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n'); // and no end
    });
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    const port = await findFreePort();
    const settings = await env({
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      WEB: `127.0.0.1:${(web.address() as AddressInfo).port}`,
    });
    const proxy = spawn(caddy!, ['run', ...file], { env: settings, stdio: 'ignore' });
    onTestFinished(async () => {
      if (proxy.kill('SIGKILL')) await once(proxy, 'close');
      web.closeAllConnections();
      web.close();
    });
    const forged = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'gopher' };
    const abort = new AbortController();
    const ask = () => fetch(`http://127.0.0.1:${port}/`, { headers: forged, signal: abort.signal });
    const answer = await until('the proxy', ask, 20_000);
    const { value } = await answer.body!.getReader().read();
    expect(new TextDecoder().decode(value)).toBe('data: first\n\n');
    expect(seen.at(-1)).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
    abort.abort();
  });

  it('waits for a web that is back within seconds, and shows nobody an error', { timeout: 60_000 }, async () => {
    const [port, webPort] = [await findFreePort(), await findFreePort()];
    const settings = await env({ PUBLIC_URL: `http://127.0.0.1:${port}`, WEB: `127.0.0.1:${webPort}` });
    const proxy = spawn(caddy!, ['run', ...file], { env: settings, stdio: 'ignore' });
    const web = createServer((_, response) => response.end('here'));
    onTestFinished(async () => {
      if (proxy.kill('SIGKILL')) await once(proxy, 'close');
      web.closeAllConnections();
      web.close();
    });
    await until('the proxy listens', async () => (await listenError('127.0.0.1', port)) === 'EADDRINUSE', 20_000);
    let answered = false;
    const asking = fetch(`http://127.0.0.1:${port}/`).finally(() => (answered = true));
    await pause(2_000); // as long as a web takes to start
    expect(answered).toBe(false);
    web.listen(webPort, '127.0.0.1');
    const answer = await asking;
    expect([answer.status, await answer.text()]).toEqual([200, 'here']);
  });
});
