/** The command line as people run it: the program itself, in a process of its own, against a whole service. */
import { spawn } from 'node:child_process';
import { mkdtempSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { findFreePort } from '#platform/ports.ts';
import { connectControl } from '../portal/control-client.ts';
import type { RemoteControl } from '../portal/control-client.ts';
import { startStack } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { registerUser } from './client.ts';
import type { ApiUser } from './client.ts';

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

// Each test starts the program several times, on machines that have other things to do.
vi.setConfig({ testTimeout: 120_000 });

let stack: Stack;
let portal: RemoteControl;
let user: ApiUser;
let key: string;
const home = mkdtempSync(join(tmpdir(), 'gibney-sync-home-'));
const username = 'command-line@example.com';

beforeAll(async () => {
  stack = await startStack({ env: { RATE_LIMIT_SCALE: '0' } });
  portal = connectControl(stack.portalUrl);
  await portal.addUser({ username, password: 'entrechat', rentals: 120 });
  user = await registerUser(stack.url);
  key = await newKey(['manage']);
}, 300_000);

afterAll(async () => {
  await stack.stop();
  await rm(home, { recursive: true, force: true });
}, 60_000);

async function newKey(scopes: string[]): Promise<string> {
  const { body } = await user.call<{ key: string }>('POST', '/user/api-keys', { name: 'command line', scopes });
  return body.key;
}

const plainEnv = () => ({ PATH: process.env.PATH!, HOME: home, LANG: 'C.UTF-8' });
const signedIn = () => ({ GIBNEY_SYNC_URL: stack.url, GIBNEY_SYNC_KEY: key });

function start(args: string[], env: Record<string, string> = signedIn()) {
  const child = spawn(process.execPath, [inProject('scripts', 'gibney-sync.js'), ...args], {
    env: { ...plainEnv(), ...env },
  });
  const said = { out: '', err: '' };
  const heard = new Set<() => void>();
  for (const [name, stream] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const)
    stream.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      heard.forEach((look) => look());
    });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...said })));
  const until = (fits: (text: string) => boolean) =>
    new Promise<void>((resolve, reject) => {
      const look = () => fits(said.out + said.err) && resolve();
      heard.add(look);
      look();
      void ended.then(({ code }) => reject(new Error(`ended with ${code}: ${said.out}${said.err}`)));
    });
  return { child, ended, until };
}

const run = (args: string[], env?: Record<string, string>) => start(args, env).ended;
const json = <Shape>({ out }: Ended) => JSON.parse(out) as Shape;
/** For a text that holds this one. */
const saying = (text: string): unknown => expect.stringContaining(text);
const jsonLines = <Shape>({ out }: Ended) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Shape);

describe('signing in', () => {
  it('keeps the key where only its owner can read it, sends it nowhere else, and revokes it in the end', async () => {
    const given = await newKey(['read']);
    const env = { GIBNEY_SYNC_URL: '' };
    const login = start(['login', '--url', stack.url, '--key'], env);
    login.child.stdin.end(`${given}\n`);
    expect(await login.ended).toMatchObject({ code: 0, out: `Signed in to ${stack.url} as ${user.email}.\n` });
    const file = join(home, '.config', 'gibney-sync', 'login.json');
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(dirname(file)).mode & 0o777).toString(8)).toBe('700');
    expect(await run(['whoami'], env)).toMatchObject({ code: 0, out: `${user.email} at ${stack.url}\n` });
    expect(await run(['calendar'], env)).toMatchObject({ code: 3, err: saying('lacks the scope') });
    const elsewhere = await run(['whoami', '--url', 'http://127.0.0.1:9'], env);
    expect(elsewhere).toMatchObject({ code: 3, err: saying('not signed in to http://127.0.0.1:9') });
    expect(await run(['logout'], env)).toMatchObject({ code: 0 });
    expect(await run(['whoami'], { ...signedIn(), GIBNEY_SYNC_KEY: given })).toMatchObject({ code: 3 });
    expect(await run(['whoami'], env)).toMatchObject({ code: 3, err: saying('gibney-sync login') });
  });
});

describe('signing in without a key', () => {
  const approve = (verb: string, code: string) =>
    fetch(`${stack.url}/api/trpc/deviceLogins.${verb}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
  const codeIn = (text: string) => /code ([A-Z]{4}-[A-Z]{4}) /.exec(text)?.[1];

  it.each([
    ['approve', 0, 'Signed in to'],
    ['deny', 3, 'refused in the browser'],
  ])('waits for the browser: %s', async (verb, code, words) => {
    const env = { GIBNEY_SYNC_URL: stack.url, XDG_CONFIG_HOME: join(home, verb) };
    const login = start(['login'], env);
    let userCode: string | undefined;
    await login.until((text) => (userCode = codeIn(text)) !== undefined);
    expect((await approve(verb, userCode!)).status).toBe(200);
    const ended = await login.ended;
    expect(ended.code).toBe(code);
    expect(ended.out + ended.err).toContain(words);
    expect((await run(['whoami'], env)).code).toBe(code);
  });
});

describe('a sync', () => {
  it('is refused with what to do where no Gibney account is connected', async () => {
    expect(await run(['sync'])).toMatchObject({ code: 10, out: '', err: saying('Connect') });
    await user.connect(username, 'entrechat');
    await user.finished();
  });

  it('shows each step in a log, and the answer alone on stdout', async () => {
    const ended = await run(['sync']);
    expect(ended).toMatchObject({ code: 0, out: 'Successfully synced 120 bookings\n' });
    expect(ended.err).not.toContain('\u001b');
    expect(ended.err).toContain('Connecting to Gibney...\n');
  });

  it('is a line of JSON for each status, the last one final', async () => {
    const statuses = jsonLines<{ job: { id: string; status: string; bookings_synced: number } }>(
      await run(['sync', '--json']),
    );
    expect(new Set(statuses.map(({ job }) => job.id)).size).toBe(1);
    expect(statuses.at(-1)!.job).toMatchObject({ status: 'completed', bookings_synced: 120 });
  });

  it('goes on where nobody waits for it, and where who waits is interrupted', async () => {
    await portal.setDelays({ signInMs: 60, batchMs: 1_500 }, username);
    const asked = json<{ job_id: string }>(await run(['sync', '--no-wait', '--json']));
    const waiting = start(['sync']);
    await waiting.until((text) => text.includes('Joining the sync') && text.includes('Reading rentals'));
    waiting.child.kill('SIGINT');
    expect(await waiting.ended).toMatchObject({ code: 130, out: '', err: saying('The sync goes on') });
    await portal.setDelays({ signInMs: 60, batchMs: 50 }, username);
    expect((await user.finished(asked.job_id)).job.status).toBe('completed');
  });

  it('that fails ends with the code of its kind, and the service’s own words', async () => {
    await portal.setPassword(username, 'changed');
    await portal.endSessions(username);
    const failed = await run(['sync']);
    expect(failed).toMatchObject({ code: 20, out: '' });
    expect(failed.err).toContain('Gibney did not accept this username and password. Update your Gibney sign-in');
    expect((await run(['sync'])).code).toBe(20);
    expect((await run(['status'])).out).toContain('Gibney did not accept your sign-in');
    await portal.setPassword(username, 'entrechat');
    await user.connect(username, 'entrechat');
    await user.finished();
  });
});

describe('pause and resume', () => {
  it('hold syncs back, and let them go', async () => {
    expect(await run(['pause'])).toMatchObject({ code: 0 });
    await user.statusWhen(({ state }) => state === 'paused');
    expect(await run(['sync'])).toMatchObject({ code: 11, err: saying('gibney-sync resume') });
    expect((await run(['status'])).out).toContain('Syncing is paused.');
    expect(await run(['resume'])).toMatchObject({ code: 0 });
    await user.statusWhen(({ state, job }) => state !== 'paused' && job?.status === 'completed');
  });

  it('may be until a time, and one more sync may be asked for', async () => {
    expect(await run(['again', '90m'])).toMatchObject({ code: 0, out: saying('One more sync in ') });
    expect((await run(['schedule'])).out).toContain('you asked for it');
    expect(await run(['again', '--off'])).toMatchObject({ code: 0 });
    expect(await run(['again', '9d'])).toMatchObject({ code: 2, err: saying('in the next 7 days') });
    expect(await run(['pause', '--until', '2d'])).toMatchObject({ code: 0, out: saying('It goes on ') });
    await user.statusWhen(({ state }) => state === 'paused');
    expect((await run(['schedule'])).out).toMatch(/Paused; it goes on by itself[^]*after your pause/);
    expect(await run(['resume'])).toMatchObject({ code: 0 });
  });
});

describe('watch', () => {
  it('says what a sync does that somebody else asked for, until Ctrl-C', async () => {
    const watching = start(['watch']);
    await watching.until((text) => text.includes('Last synced'));
    await user.finished(await user.sync());
    await watching.until((text) => /(Connecting|Reading|Processing).*\.\.\./.test(text));
    watching.child.kill('SIGINT');
    const ended = await watching.ended;
    expect(ended.code).toBe(130);
    expect(ended.err).not.toContain('\u001b');
  });

  it('ends by itself when asked to', async () => {
    const statuses = jsonLines<{ state: string }>(await run(['watch', '--until-idle', '--json']));
    expect(statuses.at(-1)!.state).toBe('sleeping');
  });
});

describe('lists', () => {
  it('are tables as wide as they are, JSON, CSV and a calendar', async () => {
    const { out } = await run(['bookings', '--limit', '110']);
    expect(out.split('\n')).toHaveLength(112);
    expect(out).toMatch(/^DAY +NEW YORK TIME +STUDIO/);
    const found = json<{ bookings: { studio: string }[]; total: number }>(await run(['bookings', '--all', '--json']));
    expect(found).toMatchObject({ total: 120, bookings: { length: 120 } });
    const { studio } = found.bookings[0]!;
    const filtered = json<{ bookings: { studio: string }[] }>(await run(['bookings', '--studio', studio, '--json']));
    expect(new Set(filtered.bookings.map((one) => one.studio))).toEqual(new Set([studio]));
    expect((await run(['bookings', '--csv'])).out.trim().split('\n')).toHaveLength(121);
    expect((await run(['bookings', '--ics'])).out).toMatch(/^BEGIN:VCALENDAR/);
    const coming = json<{ bookings: unknown[] }>(await run(['next', '--limit', '3', '--json']));
    expect(coming.bookings).toHaveLength(3);
    expect((await run(['next'])).out).toContain(`${stack.portalUrl}/`);
  });

  it('of changes, syncs and logs are there too', async () => {
    expect((await run(['changes'])).out).toContain('new: ');
    const { jobs } = json<{ jobs: { id: string; status: string }[] }>(await run(['history', '--json']));
    expect(jobs.length).toBeGreaterThan(3);
    expect((await run(['history', '--status', 'failed'])).out).toContain('invalid_credentials');
    expect((await run(['logs', jobs[0]!.id])).out).toMatch(/^20\d\d-\d\d-\d\dT.*Z +info +/);
    expect(await run(['logs', 'nonsense'])).toMatchObject({ code: 6 });
    expect((await run(['calendar'])).out).toContain('.ics');
  });

  it('of logs follow a sync to its end', async () => {
    const id = await user.sync();
    const { code, out } = await run(['logs', id, '--follow', '--json']);
    expect(code).toBe(0);
    expect((await user.finished(id)).job.status).toBe('completed');
    expect(out.trim().split('\n').length).toBeGreaterThan(2);
  });

  it('may be read in part only', async () => {
    const reading = start(['bookings', '--all', '--json']);
    reading.child.stdout.destroy();
    expect(await reading.ended).toMatchObject({ code: 0, err: '' });
  });
});

describe('settings', () => {
  it('are shown and changed, and refused in words', async () => {
    expect((await run(['settings', '--interval', '60', '--quiet', '23:00-07:00'])).out).toBe(
      'Interval     60 minutes\nCloser       no\nQuiet hours  23:00 to 07:00 (America/New_York)\n',
    );
    const { out } = await run(['settings', '--quiet', 'none', '--closer', 'on']);
    expect(out).toContain('Closer       every 30 minutes on the day before a rental\nQuiet hours  none');
    const refused = await run(['settings', '--interval', '5']);
    expect(refused).toMatchObject({ code: 2, err: saying('from 30 to 1440') });
  });
});

describe('trouble', () => {
  const answering = async (status: number, headers: Record<string, string>, body: string) => {
    const server = createServer((_, response) => response.writeHead(status, headers).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, [Symbol.asyncDispose]: async () => void server.close() };
  };
  const problem = { 'content-type': 'application/problem+json', 'retry-after': '42' };

  it.each([
    [200, { 'content-type': 'text/html' }, '<html>', 4, 'is not gibney-sync'],
    [404, { 'content-type': 'text/html' }, '<html>', 4, 'is not gibney-sync'],
    [502, {}, 'bad gateway', 5, 'not available (HTTP 502)'],
    [429, problem, '{"code":"rate_limited","detail":"Too many requests."}', 5, 'Try again in 42 s.'],
  ])('an answer %i says what to do', async (status, headers, body, code, words) => {
    await using server = await answering(status, headers, body);
    const ended = await run(['status'], { GIBNEY_SYNC_URL: server.url, GIBNEY_SYNC_KEY: 'gsk_x' });
    expect(ended).toMatchObject({ code, out: '', err: saying(words) });
  });

  it('a server that is not there', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    const ended = await run(['status'], { GIBNEY_SYNC_URL: url, GIBNEY_SYNC_KEY: key });
    expect(ended).toMatchObject({ code: 4, out: '', err: saying('nothing listens there') });
  });

  it.each([
    ['a key that is not one', ['status'], 3, 'gibney-sync login'],
    ['a command that is none', ['synk'], 2, 'Did you mean sync?'],
    ['a day that is none', ['bookings', '--from', 'tomorrow'], 2, '--from 2026-11-24'],
    ['an option that is none', ['next', '--limit', 'many'], 2, 'whole number'],
  ])('%s', async (_, args, code, words) => {
    const env = { ...signedIn(), ...(words === 'gibney-sync login' && { GIBNEY_SYNC_KEY: 'gsk_x' }) };
    expect(await run(args, env)).toMatchObject({ code, out: '', err: saying(words) });
  });
});

it('completes commands and options', async () => {
  expect((await run(['complete', '--', 'boo'])).out).toContain('bookings');
  expect((await run(['complete', '--', 'bookings', '--st'])).out).toContain('--studio');
  expect((await run(['complete', 'bash'])).out).toContain('gibney-sync');
});
