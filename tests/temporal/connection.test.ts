/** What reaches a server, by the variables that are set: over real TLS, or refused in words. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createSecureServer, type IncomingHttpHeaders } from 'node:http2';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { loadTemporalSettings } from '#platform/config.ts';
import { createSyncClient } from '#temporal/client.ts';
import { connectionOptions } from '#temporal/connection.ts';
import { connectWorker } from '#temporal/worker-connection.ts';
import { temporaryFolder } from '../support/index.ts';

const file = (name: string) => resolve('tests/fixtures/tls', name);
const read = (name: string) => readFile(file(name), 'utf8');

const open: { close(): unknown }[] = [];
afterEach(() => open.splice(0).forEach((server) => void server.close()));

async function listen(server: Server | ReturnType<typeof createSecureServer>): Promise<string> {
  open.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Call {
  headers: IncomingHttpHeaders;
  /** Who the client says it is, by a certificate that was checked. */
  client: string | undefined;
}

/** Speaks TLS only, and answers each call with an empty message. */
async function tlsServer(options: { requestCert?: boolean } = {}) {
  const calls: Call[] = [];
  const [key, cert, ca] = await Promise.all([read('server.key'), read('server.pem'), read('ca.pem')]);
  const server = createSecureServer({ key, cert, ca, rejectUnauthorized: true, ...options });
  server.on('stream', (stream, headers) => {
    const socket = stream.session?.socket;
    const subject = socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subject : undefined;
    calls.push({ headers, client: subject?.CN as string | undefined });
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.alloc(5));
  });
  return { address: await listen(server), calls };
}

const settings = (env: Record<string, string>) => loadTemporalSettings({ TEMPORAL_ADDRESS: '127.0.0.1:1', ...env });

/** Both kinds of connection with the same variables. */
async function connect(env: Record<string, string>) {
  const temporal = createSyncClient(settings(env));
  const healthy = await temporal.isHealthy();
  await temporal.close();
  await (await connectWorker(settings(env), 5_000)).close();
  return healthy;
}

const trust = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('ca.pem') };
const identity = {
  TEMPORAL_TLS_CLIENT_CERT_PATH: file('client.pem'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: file('client.key'),
};

describe('a server elsewhere', () => {
  it('gets an API key over TLS, and is checked', async () => {
    const { address, calls } = await tlsServer();
    const env = { TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: 'key-42' };
    expect(await connect({ ...env, ...trust })).toBe(true);
    expect(calls.length).toBeGreaterThanOrEqual(2);
    expect(calls.map(({ headers }) => headers.authorization)).toEqual(calls.map(() => 'Bearer key-42'));
    const temporal = createSyncClient(settings(env)); // it trusts no such authority
    expect(await temporal.isHealthy()).toBe(false);
    await temporal.close();
  });

  it('never gets an API key in plain text, where nothing is said of TLS', async () => {
    const heard: Buffer[] = [];
    const address = await listen(
      createServer((socket) =>
        socket.on('error', () => undefined).on('data', (data) => heard.push(data) && socket.destroy()),
      ),
    );
    const env = { TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: 'key-42' };
    const temporal = createSyncClient(settings(env));
    expect(await temporal.isHealthy()).toBe(false);
    await temporal.close();
    await expect(connectWorker(settings(env), 1_000)).rejects.toThrow(/^TEMPORAL_ADDRESS /);
    expect(heard.length).toBeGreaterThanOrEqual(2);
    // 22: a TLS handshake.
    expect(heard.map((data) => data[0])).toEqual(heard.map(() => 22));
  });

  it('knows us by a certificate, from files, as text, or from a profile', async () => {
    const { address, calls } = await tlsServer({ requestCert: true });
    const TEMPORAL_ADDRESS = address;
    expect(await connect({ TEMPORAL_ADDRESS, ...trust, ...identity })).toBe(true);
    const data = {
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: await read('ca.pem'),
      TEMPORAL_TLS_CLIENT_CERT_DATA: await read('client.pem'),
      TEMPORAL_TLS_CLIENT_KEY_DATA: await read('client.key'),
      TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
    };
    expect(await connect({ TEMPORAL_ADDRESS, ...data })).toBe(true);
    const TEMPORAL_CONFIG_FILE = join(await temporaryFolder(), 'temporal.toml');
    const lines = [
      '[profile.prod.tls]',
      `server_ca_cert_path = "${file('ca.pem')}"`,
      `client_cert_path = "${file('client.pem')}"`,
      `client_key_path = "${file('client.key')}"`,
    ];
    await writeFile(TEMPORAL_CONFIG_FILE, lines.join('\n'));
    expect(await connect({ TEMPORAL_ADDRESS, TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE: 'prod' })).toBe(true);
    expect(calls.length).toBeGreaterThanOrEqual(6);
    expect(new Set(calls.map(({ client }) => client))).toEqual(new Set(['gibney-sync']));
  });

  it('is spoken to in plain text only where nothing asks for TLS, or TEMPORAL_TLS=0 does', () => {
    expect(connectionOptions(settings({})).tls).toBeFalsy();
    expect(connectionOptions(settings({ TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: '0' })).tls).toBe(false);
    expect(connectionOptions(settings({ TEMPORAL_TLS: '1' })).tls).toBeTruthy();
  });
});

describe('variables that cannot work are refused by name', () => {
  const folder = '/nowhere/at/all';
  it.each<[string, Record<string, string>, RegExp]>([
    ['half a certificate', { TEMPORAL_TLS_CLIENT_CERT_PATH: file('client.pem') }, /TEMPORAL_TLS_CLIENT_KEY_PATH/],
    ['a missing file', { ...identity, TEMPORAL_TLS_CLIENT_KEY_PATH: `${folder}/key` }, /no such file.*\/nowhere/],
    ['a missing configuration', { TEMPORAL_CONFIG_FILE: folder }, /no such file.*\/nowhere/],
    ['a profile of no file', { TEMPORAL_PROFILE: 'prod' }, /^TEMPORAL_PROFILE wants TEMPORAL_CONFIG_FILE/],
    ['path and text at once', { ...trust, TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'x' }, /server_ca_cert_path and/],
  ])('%s', async (_name, env, words) => {
    expect(() => connectionOptions(settings(env))).toThrow(words);
    expect(() => connectionOptions(settings(env))).toThrow(expect.objectContaining({ name: 'ConfigError' }) as Error);
    await expect(connectWorker(settings(env))).rejects.toThrow(words);
  });

  it('a word that is neither yes nor no', () => {
    expect(() => settings({ TEMPORAL_TLS: 'yes' })).toThrow(/^TEMPORAL_TLS wants 1 or 0/);
  });
});
