import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientAddressHeader, clientNetwork, readAddress } from '../../web/edge/client-address.ts';
import { applyEdgeRules } from '../../web/edge/rules.ts';
import { startApp } from './support/app.ts';
import type { App } from './support/app.ts';

/** The headers that SvelteKit would see of a request. */
async function seenHeaders(trustProxy: boolean, headers: Record<string, string>): Promise<IncomingHttpHeaders> {
  const server = createServer((request, response) => {
    applyEdgeRules(request, response, { trustProxy });
    response.end(JSON.stringify(request.headers));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const text = await new Promise<string>((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path: '/', headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve(body));
    });
    sent.on('error', reject).end();
  });
  await new Promise((resolve) => server.close(resolve));
  return JSON.parse(text) as IncomingHttpHeaders;
}

const claims = {
  'x-forwarded-proto': 'https',
  'x-forwarded-for': '9.9.9.9, 7.7.7.7',
  [clientAddressHeader]: '6.6.6.6',
};

describe('without a proxy of ours', () => {
  it('nothing that a client claims about itself counts', async () => {
    const seen = await seenHeaders(false, claims);
    expect(seen['x-forwarded-proto']).toBe('http');
    expect(seen[clientAddressHeader]).toBe('127.0.0.1');
  });
});

describe('behind a proxy of ours', () => {
  it('the address that the proxy saw counts, not what stood before it', async () => {
    const seen = await seenHeaders(true, claims);
    expect(seen['x-forwarded-proto']).toBe('https');
    expect(seen[clientAddressHeader]).toBe('7.7.7.7');
  });

  it('a protocol that is none is http', async () => {
    expect((await seenHeaders(true, { 'x-forwarded-proto': 'gopher:' }))['x-forwarded-proto']).toBe('http');
    expect((await seenHeaders(true, {}))['x-forwarded-proto']).toBe('http');
  });
});

describe('an address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:1000', '203.0.113.9'],
    [' 203.0.113.9 ', '203.0.113.9'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['[::ffff:203.0.113.9]:80', '203.0.113.9'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ...[
      '',
      'garbage',
      'unknown',
      '_hidden',
      '1',
      '0x7f.1',
      '203.0.113.999',
      '203.0.113.9:x',
      '[::1',
      'x'.repeat(9_000),
    ].map((text): [string, string] => [text, 'unknown']),
  ])('%s is read as %s', (text, address) => {
    expect(readAddress(text)).toBe(address);
  });

  it.each([
    ['203.0.113.9:1000', '203.0.113.9:2000', true],
    ['203.0.113.9', '203.0.113.10', false],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '[2001:0db8:0001:0002:3:4:5:6]:99', true],
    ['2001:db8:1:2::', '2001:db8:1:3::', false],
    ['2001:db8::1', '2001:db8:0:0:1::', true],
    ['1:2:3:4:5:6:7::', '1:2:3:4::', true],
    ['::2:3:4:5:6:7:8', '0:2:3:4::', true],
    ['::1', '::ffff:127.0.0.1', false],
    ['::ffff:203.0.113.9', '203.0.113.9', true],
    ['garbage', 'other garbage', true],
  ])('%s and %s are one client: %s', (one, other, same) => {
    expect(clientNetwork(one) === clientNetwork(other)).toBe(same);
  });

  it('from a proxy reaches the app without its port, and garbage as one client', async () => {
    for (const [said, seen] of [
      ['6.6.6.6, 203.0.113.9:1000', '203.0.113.9'],
      ['203.0.113.9, [2001:db8::7]:1', '2001:db8::7'],
      ['203.0.113.9, nonsense', 'unknown'],
    ])
      expect((await seenHeaders(true, { 'x-forwarded-for': said! }))[clientAddressHeader]).toBe(seen);
  });
});

describe('an answer', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('carries the headers that keep browsers from guessing and framing', async () => {
    const { headers } = await app.call('GET', '/api/v1/user/profile');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.has('strict-transport-security')).toBe(false);
  });

  it('is kept by nothing where it is somebody’s own', async () => {
    const { token } = await app.newUser();
    const { headers } = await app.call('GET', '/api/trpc/account.profile', { token });
    expect(headers.get('cache-control')).toBe('no-store');
  });
});
