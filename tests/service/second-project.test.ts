/**
 * Those who did not write the service, at the service as `npm start` brings it up: another project on disk with the packed client and
 * the official client of MCP, and the command line as npm runs it. All that they have is an address and a key.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { connectControl } from '../portal/control-client.ts';
import { makeSecondProject } from '../support/second-project.ts';
import { startStack } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { registerUser } from './client.ts';
import type { ApiUser } from './client.ts';

// Each starts a compiler or the service's own programs, on machines that have other things to do.
vi.setConfig({ testTimeout: 240_000 });

const rentals = 137;
const saying = (text: string | RegExp): unknown => expect.stringMatching(text);
const home = mkdtempSync(join(tmpdir(), 'gibney-sync-home-'));
let stack: Stack;
let project: string;
let user: ApiUser;
let key: string;

beforeAll(async () => {
  [stack, project] = await Promise.all([startStack({ env: { RATE_LIMIT_SCALE: '0' } }), makeSecondProject()]);
  const username = 'elsewhere@example.com';
  await connectControl(stack.portalUrl).addUser({ username, password: 'entrechat', rentals });
  user = await registerUser(stack.url);
  await user.connect(username, 'entrechat');
  await user.finished();
  const { body } = await user.call<{ key: string }>('POST', '/user/api-keys', { name: 'elsewhere', scopes: ['sync'] });
  key = body.key;
}, 400_000);

afterAll(async () => {
  await stack.stop();
  await Promise.all([project, home].map((folder) => rm(folder, { recursive: true, force: true })));
}, 60_000);

/** What a program prints. */
async function ran(
  command: string,
  args: string[],
  { cwd, env }: { cwd: string; env?: Record<string, string> },
): Promise<string> {
  const plain = { PATH: process.env.PATH!, HOME: home, npm_config_update_notifier: 'false' };
  const answer = await promisify(execFile)(command, args, { cwd, env: { ...plain, ...env }, maxBuffer: 1e8 });
  return answer.stdout;
}

describe('another project', () => {
  it('gets a package that carries nothing of the server', () => {
    const names = readdirSync(join(project, 'node_modules', 'gibney-sync'), { recursive: true }).map(String);
    expect(names.sort()).toEqual([
      'client.d.ts',
      'contract',
      join('contract', 'rest.d.ts'),
      join('contract', 'router.d.ts'),
      'errors.d.ts',
      'index.d.ts',
      'index.js',
      'package.json',
      'transport.d.ts',
      'watch.d.ts',
    ]);
  });

  it('is checked by its own TypeScript, which finds every call that there is not', async () => {
    const compiler = inProject('node_modules', 'typescript', 'bin', 'tsc');
    const check = ran(process.execPath, [compiler, '-p', 'tsconfig.json'], { cwd: project });
    expect(await check.catch((error: { stdout: string }) => error.stdout)).toBe('');
  });

  it('syncs, watches and lists, itself and by its assistant', async () => {
    // As the oldest Node that the client is for.
    const older = ['--import', 'data:text/javascript,delete URL.parse'];
    const env = { APP_URL: stack.url, APP_KEY: key };
    const out = await ran(process.execPath, [...older, '--preserve-symlinks', 'program.ts'], { cwd: project, env });
    const found = JSON.parse(out) as { names: string[]; watched: string[]; said: string[] };
    const synced = { status: 'completed', bookings_synced: rentals, triggered_manually: true };
    expect(found).toMatchObject({
      email: user.email,
      own: synced,
      names: { length: 100 },
      asked: { joined: false, finished: true, job: synced },
      listed: { total: rentals, bookings: [{ when: saying(/New York time$/) }] },
      status: { state: 'sleeping', live: true },
      kinds: ['not_ours', 'signed_out', 'signed_out', 'signed_out'],
    });
    expect(found.watched.at(-1)).toBe('completed');
    expect(found.watched.slice(0, -1)).toContain('running');
    expect(found.watched.slice(0, -1).filter((status) => !['pending', 'running'].includes(status))).toEqual([]);
    expect(found.said.at(-1)).toBe(`Successfully synced ${rentals} bookings`);
  });
});

describe('npm exec -- gibney-sync', () => {
  const command = (...args: string[]) =>
    ran('npm', ['exec', '--', 'gibney-sync', ...args], {
      cwd: inProject(),
      env: { GIBNEY_SYNC_URL: stack.url, GIBNEY_SYNC_KEY: key },
    });
  const lines = (out: string) =>
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('syncs, watches and lists in the checkout with an address and a key alone', async () => {
    expect(await command('whoami')).toBe(`${user.email} at ${stack.url}\n`);
    const last = lines(await command('sync', '--json')).at(-1);
    expect(last).toMatchObject({ job: { status: 'completed', bookings_synced: rentals } });
    const seen = lines(await command('watch', '--until-idle', '--json')).at(-1);
    expect(seen).toMatchObject({ state: 'sleeping', job: { status: 'completed', bookings_synced: rentals } });
    expect(JSON.parse(await command('bookings', '--all', '--json'))).toMatchObject({ total: rentals });
  });
});
