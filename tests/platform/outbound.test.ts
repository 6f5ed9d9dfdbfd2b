import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { createOutbound, parseOutboundAllow } from '#platform/outbound.ts';
import type { Outbound, OutboundLimits } from '#platform/outbound.ts';
import { keyPair, tlsFixture, type CertificateName } from '#tests/support/tls.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(listener: RequestListener, certificate?: CertificateName): Promise<number> {
  const server = certificate ? createTlsServer(keyPair(certificate), listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => (server.closeAllConnections(), server.close()));
  return (server.address() as AddressInfo).port;
}

function outbound(allow = '', limits: Partial<OutboundLimits> = {}): Outbound {
  const made = createOutbound(parseOutboundAllow(allow)!, limits);
  closers.push(() => made.close());
  return made;
}

const reasonOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'answered',
    (error: Error & { reason?: string }) => error.reason ?? error.message,
  );

it.each(
  `127.0.0.1 [::1] [::ffff:7f00:1] [64:ff9b::7f00:1] [2002:7f00:1::] [::127.0.0.1] 100.64.0.1 169.254.169.254 2130706433
  0x7f.1 localhost [fd00::1] [fe80::1] 0.0.0.0`.split(/\s+/),
)('reaches no address inside: %s', async (host) => {
  expect(await reasonOf(outbound().request(`https://${host}:1/`))).toBe('address_refused');
});

it('speaks to a name only where all of its addresses are allowed', async () => {
  const port = await serve((_, response) => response.end('here'));
  const url = `http://localhost:${port}/`;
  expect(await reasonOf(outbound().request(url))).toBe('insecure');
  expect(await reasonOf(outbound('127.0.0.1, ::1').request(url))).toBe('insecure');
  expect(await (await outbound('localhost').request(url)).text()).toBe('here');
  expect(await reasonOf(outbound('127.0.0.0/8, ::1').request('https://localhost:1/'))).toBe('unreachable');
  expect(await (await outbound('127.0.0.0/8').request(`http://127.0.0.1:${port}`)).text()).toBe('here');
  expect(await reasonOf(outbound('127.0.0.2').request(`http://127.0.0.1:${port}`))).toBe('address_refused');
});

/** A name server that gives every name this address, and lets those that begin with `slow` wait for ever. */
async function nameServer(address: string): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port }) => {
    if (question.includes('slow')) return;
    const nameEnds = question.indexOf(0, 12);
    const isFour = question.readUInt16BE(nameEnds + 1) === 1;
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2);
    [1, isFour ? 1 : 0, 0, 0].forEach((count, index) => header.writeUInt16BE(count, 4 + 2 * index));
    // The name of the question, type A, class IN, for a minute.
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]);
    socket.send(
      Buffer.concat([header, question.subarray(12, nameEnds + 5), ...(isFour ? [answer] : [])]),
      port,
      '127.0.0.1',
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closers.push(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

it('asks name servers for names that users give, and takes no address inside from them', async () => {
  const port = await serve((_, response) => response.end(), 'server');
  const nameServers = [await nameServer('127.0.0.1')];
  const ask = (allow: string) => reasonOf(outbound(allow, { nameServers }).request(`https://webhook.test:${port}/`));
  expect(await ask('')).toBe('address_refused');
  expect(await ask('127.0.0.1')).toBe('bad_certificate'); // it got there
});

it('a name whose server is silent holds up nobody else, and is given up', async () => {
  const port = await serve((_, response) => response.end('here'));
  const silent = outbound('', { nameServers: [await nameServer('127.0.0.1')], timeoutMs: 1_500 });
  const over: string[] = [];
  // More than the process has threads for look-ups.
  const slow = Array.from({ length: 20 }, async (_, index) => {
    over.push(await reasonOf(silent.request(`https://slow-${index}.test/`)));
  });
  const url = `http://localhost:${port}/`;
  expect(await (await outbound('localhost').request(url)).text()).toBe('here');
  expect(over).toEqual([]);
  await Promise.all(slow);
  expect(new Set(over)).toEqual(new Set(['timed_out']));
});

it('follows no redirect', async () => {
  const port = await serve((_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end());
  const answer = await outbound('127.0.0.1').request(`http://127.0.0.1:${port}`);
  expect([answer.status, answer.headers.get('location')]).toEqual([302, 'http://169.254.169.254/']);
});

it('cuts a body that never ends, by its size and by its time', async () => {
  const port = await serve((request, response) => {
    const pour = () => void response.write('x'.repeat(request.url === '/fast' ? 10_000 : 1), () => setImmediate(pour));
    pour();
  });
  const url = `http://127.0.0.1:${port}`;
  expect(await reasonOf(outbound('127.0.0.1', { maxBytes: 100_000 }).request(`${url}/fast`))).toBe('too_large');
  const patient = outbound('127.0.0.1', { timeoutMs: 50, maxBytes: 1e9 });
  expect(await reasonOf(patient.request(`${url}/slow`))).toBe('timed_out');
});

it('tells a wrong certificate from a server that is away', async () => {
  const ask = async (certificate: CertificateName) => {
    const port = await serve((_, response) => response.end(), certificate);
    return reasonOf(outbound('127.0.0.1').request(`https://127.0.0.1:${port}`));
  };
  expect(await ask('server')).toBe('bad_certificate'); // of an issuer that nobody knows
  const known = getCACertificates('default');
  setDefaultCACertificates([...known, readFileSync(tlsFixture('ca.pem'), 'utf8')]);
  try {
    expect(await ask('server')).toBe('answered');
    expect(await ask('client')).toBe('bad_certificate'); // not made for servers
  } finally {
    setDefaultCACertificates(known);
  }
  expect(await reasonOf(outbound('127.0.0.1').request('http://127.0.0.1:1'))).toBe('unreachable');
});

it('keeps to its number of connections', async () => {
  const sockets = new Set<unknown>();
  const port = await serve((request, response) => {
    sockets.add(request.socket);
    response.end();
  });
  const one = outbound('127.0.0.1', { connections: 1 });
  const calls = Array.from({ length: 10 }, () => one.request(`http://127.0.0.1:${port}`, { method: 'PUT', body: 'é' }));
  await Promise.all(calls);
  expect(sockets.size).toBe(1);
});

it('counts no time in which a request waits for another', async () => {
  let asked = 0;
  const port = await serve((_, response) => void (++asked > 1 && response.end('done')));
  const one = outbound('127.0.0.1', { connections: 1, timeoutMs: 1_000 });
  const [first, second] = [1, 2].map(() => reasonOf(one.request(`http://127.0.0.1:${port}`)));
  expect([await first, await second]).toEqual(['timed_out', 'answered']);
});

it('ends with the signal of the caller', async () => {
  const port = await serve(() => undefined);
  const asked = outbound('127.0.0.1').request(`http://127.0.0.1:${port}`, {
    signal: AbortSignal.abort(new Error('stop')),
  });
  await expect(asked).rejects.toThrow('stop');
});

it.each(['http://x', 'a b', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/'])('%s is nothing to allow', (entry) =>
  expect(parseOutboundAllow(`calendar.test, ${entry}`)).toBeNull(),
);
