/** What a wrong setting is told as, part by part; what `npm start` makes of it stands in start.test.ts. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { loadConfig, loadLocalConfig, loadWebConfig } from '#platform/config.ts';
import { migrate } from '#db/migrate.ts';
import { makeDataDir } from '#platform/data-dir.ts';
import { inProject } from '#platform/paths.ts';
import { isVapidSubjectFound, newVapidKeys } from '#platform/vapid.ts';
import { metricsAddress } from '#temporal/runtime.ts';
import { connectWorker } from '#temporal/worker-connection.ts';
import { temporaryFolder } from '../support/index.ts';

const needed = {
  DATABASE_URL: 'postgres://somebody:secret@127.0.0.1:1/bookings',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  PORTAL_URL: 'http://127.0.0.1:1',
  CREDENTIALS_KEYS: `k1:${randomBytes(32).toString('base64')}`,
};

test.for([
  ['0.0.0.0', 'http://127.0.0.1:4101'],
  ['::', 'http://127.0.0.1:4101'],
  ['::1', 'http://[::1]:4101'],
  ['localhost', 'http://localhost:4101'],
])('links begin with an address that can be opened where HOST is %s', ([HOST, url]) => {
  expect(loadConfig({ ...needed, HOST, PORT: '4101' }).PUBLIC_URL).toBe(url);
});

test('traces are off by default, and take what every collector’s manual says', () => {
  const load = (env: NodeJS.ProcessEnv) => loadConfig({ ...needed, ...env });
  expect(load({})).toMatchObject({ OTEL_EXPORTER_OTLP_HEADERS: {}, OTEL_TRACES_SAMPLER: 'parentbased_always_on' });
  expect(load({}).OTEL_EXPORTER_OTLP_ENDPOINT).toBeUndefined();
  const given = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example.org:4318/',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20YWJj=, x-tenant = dance',
    ...{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
  };
  expect(load(given)).toMatchObject({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example.org:4318',
    OTEL_EXPORTER_OTLP_HEADERS: { authorization: 'Basic YWJj=', 'x-tenant': 'dance' },
    ...{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 0.25 },
  });
  for (const [name, value] of [
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'secret-key'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=%zz'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '10'],
  ] as const) {
    const wrong = () => load({ [name]: value });
    expect(wrong).toThrow(`${name} wants`);
    expect(wrong).not.toThrow('secret-key');
  }
});

test('push wants all of its settings or none, a pair of keys, and an address that others can write to', () => {
  const [VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY] = newVapidKeys().split(' ');
  const VAPID_SUBJECT = 'mailto:push@rentals.example.org';
  const load = (env: NodeJS.ProcessEnv) => loadConfig({ ...needed, ...env });
  const all = { VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT };
  expect(load({}).vapid).toBeNull();
  expect(load(all).vapid).toMatchObject({ subject: VAPID_SUBJECT });
  expect(() => load({ ...all, VAPID_PRIVATE_KEY: '' })).toThrow('VAPID_PRIVATE_KEY is required, since push is on');
  const [, other] = newVapidKeys().split(' ');
  expect(() => load({ ...all, VAPID_PRIVATE_KEY: other })).toThrow('VAPID_PRIVATE_KEY was not made together with');
  expect(() => load({ ...all, VAPID_PUBLIC_KEY: 'AAAA' })).toThrow('VAPID_PUBLIC_KEY wants');
  const [host, mail] = ['https://rentals.example.org', 'mailto:'];
  expect(load({ ...all, VAPID_SUBJECT: host }).vapid).toMatchObject({ subject: host });
  for (const wrong of [
    `${mail}me@localhost`,
    `${mail}${VAPID_SUBJECT}`,
    `${mail}me@sync.local`,
    'https://127.0.0.1',
    'https://localhost:3000',
    'http://example.org',
    'me@example.org',
  ])
    expect(() => load({ ...all, VAPID_SUBJECT: wrong }), wrong).toThrow('VAPID_SUBJECT wants mailto:');
});

test('Google Calendar wants both of its settings or neither, and leads to Google unless a test says otherwise', () => {
  const load = (env: NodeJS.ProcessEnv) => loadConfig({ ...needed, ...env }).google;
  const [GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET] = ['id.apps.example', 'secret'];
  expect(load({ GOOGLE_ORIGIN: 'http://127.0.0.1:5' })).toBeNull();
  expect(() => load({ GOOGLE_CLIENT_ID })).toThrow('GOOGLE_CLIENT_SECRET is required, since Google Calendar is on');
  expect(() => load({ GOOGLE_CLIENT_SECRET })).toThrow('GOOGLE_CLIENT_ID is required, since Google Calendar is on');
  const both = { GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET };
  expect(load(both)!.endpoints).toEqual({
    consent: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    revoke: 'https://oauth2.googleapis.com/revoke',
    api: 'https://www.googleapis.com/',
  });
  expect(load({ ...both, GOOGLE_ORIGIN: 'http://127.0.0.1:5' })!.endpoints).toMatchObject({
    token: 'http://127.0.0.1:5/token',
    api: 'http://127.0.0.1:5/',
  });
});

test('an address of push that the name service does not know is told from one that it cannot look up now', async () => {
  const fails = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
  const vapid = { publicKey: '', privateKey: '', subject: 'mailto:push@rentals.example.org' };
  expect(await isVapidSubjectFound(vapid, fails('ENOTFOUND') as never)).toBe(false);
  expect(await isVapidSubjectFound(vapid, fails('EAI_AGAIN') as never)).toBe(true);
});

test('an https address wants its proxy to be trusted, or no form would work', () => {
  const PUBLIC_URL = 'https://rentals.test';
  for (const TRUST_PROXY of ['0', ''])
    for (const load of [loadWebConfig, loadLocalConfig])
      expect(() => load({ ...needed, PUBLIC_URL, TRUST_PROXY })).toThrow(/^TRUST_PROXY wants 1, since PUBLIC_URL/);
  expect(loadWebConfig({ ...needed, PUBLIC_URL, TRUST_PROXY: '1' }).PUBLIC_URL).toBe(PUBLIC_URL);
  expect(loadWebConfig({ ...needed, PUBLIC_URL: 'http://rentals.test' }).TRUST_PROXY).toBe(false);
  // A worker answers nobody; the address stands in its mails.
  expect(loadConfig({ ...needed, PUBLIC_URL }).PUBLIC_URL).toBe(PUBLIC_URL);
});

test.for(['http://127.0.0.1:7233', 'two words', 'host:port', ':7233'])('TEMPORAL_ADDRESS=%s', (TEMPORAL_ADDRESS) => {
  expect(() => loadConfig({ ...needed, TEMPORAL_ADDRESS })).toThrow(/^TEMPORAL_ADDRESS wants host:port/);
});

test('metrics are served where a HOST that is a name leads', async () => {
  expect(await metricsAddress({ HOST: 'localhost', METRICS_PORT: 9464 })).toMatch(/^(127\.0\.0\.1|\[::1\]):9464$/);
  expect(await metricsAddress({ HOST: 'localhost', METRICS_PORT: undefined })).toBeUndefined();
  await expect(metricsAddress({ HOST: '999.1.1.1', METRICS_PORT: 9464 })).rejects.toThrow(/^HOST 999\.1\.1\.1 cannot/);
});

test('a Temporal server that is not there, or says nothing', async () => {
  const connect = (TEMPORAL_ADDRESS: string) =>
    connectWorker({ TEMPORAL_ADDRESS, TEMPORAL_TLS: false, TEMPORAL_API_KEY: undefined }, 500);
  await expect(connect('127.0.0.1:1')).rejects.toThrow(/^TEMPORAL_ADDRESS 127\.0\.0\.1:1 .*\(Connection refused\)/);
  await expect(connect('gibney-sync.invalid')).rejects.toThrow(
    /^TEMPORAL_ADDRESS gibney-sync\.invalid does not answer/,
  );
  const silent = createServer((socket) => void open.push(socket));
  const open: Socket[] = [];
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  await expect(connect(`127.0.0.1:${port}`)).rejects.toThrow(/\(no answer in 0\.5 s\)/);
  open.forEach((socket) => socket.destroy());
  silent.close();
});

test('a database that is not there, is not named so, or lets nobody in', async () => {
  const { adminUrl } = inject('services');
  const secret = 'a-secret-password';
  const changed = (change: (url: URL) => void): string => {
    const url = new URL(adminUrl);
    url.password = secret;
    change(url);
    return url.href;
  };
  const messageOf = async (url: string): Promise<string> => {
    const { message } = await migrate(url).then(
      () => new Error('it went well'),
      (error: Error) => error,
    );
    expect(message).not.toContain(secret);
    return message;
  };
  expect(await messageOf(changed((url) => (url.port = '1')))).toMatch(
    /^DATABASE_URL: no PostgreSQL .* 127\.0\.0\.1:1 /,
  );
  expect(await messageOf(changed((url) => (url.username = 'nobody')))).toMatch(
    /^DATABASE_URL: .* the user "nobody" in/,
  );
  const other = new URL(adminUrl);
  other.pathname = '/elsewhere';
  expect(await messageOf(other.href)).toMatch(/^DATABASE_URL: .* has no database "elsewhere"/);
});

test('a DATA_DIR that can be none', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'file');
  await writeFile(file, '');
  for (const wrong of [file, join(file, 'below'), '/proc/gibney-sync/none'])
    await expect(makeDataDir(wrong)).rejects.toThrow(`DATA_DIR ${wrong} `);
  await makeDataDir(join(folder, 'a', 'b'));
  await makeDataDir(join(folder, 'a', 'b'));
  await rm(folder, { recursive: true });
});

test('a worker says it in one line and ends', { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'data'));
  const worker = (env: NodeJS.ProcessEnv) =>
    promisify(execFile)(process.execPath, [inProject('temporal', 'worker.ts')], {
      env: { ...process.env, ...needed, DATA_DIR: join(folder, 'data'), ...env },
      timeout: 30_000,
    });
  const told = (line: RegExp) =>
    expect.objectContaining({ code: 1, stderr: expect.stringMatching(line) as string }) as object;
  await expect(worker({})).rejects.toEqual(told(/^TEMPORAL_ADDRESS 127\.0\.0\.1:1 [^\n]*\n$/));
  await writeFile(join(folder, 'file'), '');
  await expect(worker({ DATA_DIR: join(folder, 'file') })).rejects.toEqual(told(/^DATA_DIR [^\n]*\n$/));
  await rm(folder, { recursive: true });
});

test.for(['PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT', 'METRICS_PORT', 'PROBE_PORT'])(
  '%s is not 0, and blank is unset',
  (name) => {
    for (const value of ['0', ' 0 ', '-1', '65536', '80.5', 'http'])
      expect(() => loadLocalConfig({ [name]: value })).toThrow(new RegExp(`^${name} wants`));
    const blank = loadLocalConfig({ [name]: ' ' }) as Record<string, unknown>;
    expect(blank[name]).toBe((loadLocalConfig({}) as Record<string, unknown>)[name]);
    expect(loadLocalConfig({ [name]: ' 4101 ' })).toMatchObject({ [name]: 4101 });
  },
);
