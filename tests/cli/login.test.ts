/** `login`, up to the file that it leaves. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addAccountCommands } from '#cli/commands/account.ts';
import { addLoginCommand } from '#cli/commands/login.ts';
import { exitCodeOfError, exitCodes } from '#cli/exit-codes.ts';
import { writeLogin } from '#cli/login-store.ts';
import { errorOf } from '#client/errors.ts';
import { json, problem, standIn } from '../client/stand-in.ts';
import { newPlace } from './environment.ts';
import type { Place } from './environment.ts';

const profile = 'GET /api/v1/user/profile';
const revoke = 'DELETE /api/v1/auth/token';
const [begin, poll] = ['POST /api/v1/auth/device/code', 'POST /api/v1/auth/device/token'];
const me = json({ email: 'dancer@example.com' });
const done = (response: ServerResponse) => response.writeHead(204).end();

async function login({ environment }: Place, ...args: string[]): Promise<void> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addLoginCommand(program, { environment, signal: new AbortController().signal });
  await program.parseAsync(['login', ...args], { from: 'user' });
}

const kept = ({ environment }: Place) => JSON.parse(readFileSync(environment.loginPath, 'utf8')) as object;
const codes = (over: object) => ({
  ...{ device_code: 'd', user_code: 'BCDF-GHJK', verification_uri: 'http://x/device' },
  ...{ verification_uri_complete: 'http://x/device?code=BCDF-GHJK', expires_in: 600, interval: 0, ...over },
});

describe('the prompt for a key', () => {
  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is left with %s', async (_, typed) => {
    const place = newPlace({ url: 'http://127.0.0.1:9' }, true);
    place.input.write(typed);
    await expect(login(place, '--key')).rejects.toMatchObject({ exitCode: exitCodes.interrupted });
  });

  it('takes a line', async () => {
    await using server = await standIn({ [profile]: [me] });
    const place = newPlace({ url: server.url }, true);
    place.input.write('gsk_typed\r');
    await login(place, '--key');
    expect(kept(place)).toEqual({ url: server.url, key: 'gsk_typed', email: 'dancer@example.com' });
    expect(place.said.join('')).not.toContain('gsk_typed');
  });
});

describe('an address that leads to another', () => {
  it('at https is left for that one before any key is sent', async () => {
    const to = 'https://127.0.0.1:9';
    const leads = (response: ServerResponse) =>
      response.writeHead(308, { location: `${to}/api/v1/user/profile` }).end();
    await using server = await standIn({ [profile]: [leads] });
    const place = newPlace({ url: server.url });
    const failure = await login(place, '--key', 'gsk_given').catch((thrown: unknown) => errorOf(thrown));
    expect(failure).toMatchObject({ kind: 'unreachable', message: expect.stringContaining(to) as string });
    expect(place.said.join('')).toContain(`redirects to ${to}, which is used instead`);
    expect(server.calls.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('of another name is not followed with a key', async () => {
    await using other = await standIn({});
    const location = `${other.url.replace('127.0.0.1', 'localhost')}/api/v1/user/profile`;
    const leads = (response: ServerResponse) => response.writeHead(302, { location }).end();
    await using server = await standIn({ [profile]: [leads] });
    const failure = await login(newPlace({ url: server.url }), '--key', 'gsk_given').catch(errorOf);
    expect(failure).toMatchObject({ kind: 'not_ours', message: expect.stringContaining('Use that address') as string });
    expect(exitCodeOfError(failure!)).toBe(exitCodes.unreachable);
    expect(other.calls).toEqual([]);
  });
});

describe('a login file that cannot be read', () => {
  const broken = () => {
    const place = newPlace();
    writeFileSync(place.environment.loginPath, '{');
    return place;
  };

  it('leads to no service that nobody named', async () => {
    const wanted = { exitCode: exitCodes.signedOut, message: expect.stringContaining('--url') as string };
    await expect(login(broken(), '--key', 'gsk_given')).rejects.toMatchObject(wanted);
  });

  it('is replaced where the service is named', async () => {
    await using server = await standIn({ [profile]: [me] });
    const place = broken();
    await login(place, '--url', server.url, '--key', 'gsk_given');
    expect(kept(place)).toMatchObject({ key: 'gsk_given' });
  });
});

describe('the key before', () => {
  it.each([
    ['is revoked', 'gsk_former', ['Bearer gsk_former']],
    ['is kept where it is the same', 'gsk_given', []],
  ])('%s', async (_, former, revoked) => {
    await using server = await standIn({ [profile]: [me], [revoke]: [done] });
    const place = newPlace();
    await writeLogin(place.environment.loginPath, { url: server.url, key: former, email: '' });
    await login(place, '--key', 'gsk_given');
    const calls = server.calls.filter(({ name }) => name === revoke);
    expect(calls.map(({ headers }) => headers.authorization)).toEqual(revoked);
    expect(kept(place)).toMatchObject({ key: 'gsk_given' });
  });

  it('goes to no other service', async () => {
    await using server = await standIn({ [profile]: [me], [revoke]: [done] });
    const place = newPlace();
    await writeLogin(place.environment.loginPath, { url: 'https://other.example', key: 'gsk_former', email: '' });
    await login(place, '--url', server.url, '--key', 'gsk_given');
    // The first one, without a key, asks where the service is.
    expect(server.calls.map(({ name }) => name)).toEqual([profile, profile]);
  });
});

describe('a code', () => {
  it('is not asked about when its time is over', async () => {
    await using server = await standIn({ [begin]: [json(codes({ expires_in: 0 }))], [poll]: [problem(503, 'away')] });
    await expect(login(newPlace({ url: server.url }))).rejects.toMatchObject({ exitCode: exitCodes.signedOut });
    expect(server.calls.map(({ name }) => name)).toEqual([profile, begin, poll]);
  });

  it.each([
    ['manage', []],
    ['read', ['--scope', 'read']],
  ])('is for the scope %s', async (scope, args) => {
    const granted = json({ access_token: 'gsk_granted' });
    await using server = await standIn({ [begin]: [json(codes({}))], [poll]: [granted], [profile]: [me] });
    const place = newPlace({ url: server.url });
    await login(place, ...args);
    expect(JSON.parse(server.calls.find(({ name }) => name === begin)!.body)).toEqual({
      client_name: 'gibney-sync on barre',
      scope,
    });
    expect(kept(place)).toMatchObject({ key: 'gsk_granted' });
  });
});

describe('a key of the environment', () => {
  const warning = 'GIBNEY_SYNC_KEY is set and still comes before any login.';

  it('that goes on winning is named after signing in', async () => {
    await using server = await standIn({ [profile]: [me] });
    const place = newPlace({ url: server.url, key: 'gsk_env' });
    await login(place, '--key', 'gsk_given');
    expect(place.said.join('')).toContain(warning);
    expect(kept(place)).toMatchObject({ key: 'gsk_given' });
    const without = newPlace({ url: server.url });
    await login(without, '--key', 'gsk_given');
    expect(without.said.join('')).not.toContain('GIBNEY_SYNC_KEY');
  });

  it('is named after signing out, too, and where there was no login', async () => {
    await using server = await standIn({ [revoke]: [done] });
    const place = newPlace({ key: 'gsk_env' });
    await writeLogin(place.environment.loginPath, { url: server.url, key: 'gsk_stored', email: '' });
    const logout = async () => {
      const program = new Command().exitOverride();
      addAccountCommands(program, { environment: place.environment, signal: new AbortController().signal });
      await program.parseAsync(['logout'], { from: 'user' });
    };
    await logout();
    expect(place.said.splice(0).join('')).toContain(warning);
    expect(server.calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer gsk_stored']);
    await expect(logout()).rejects.toMatchObject({ exitCode: exitCodes.signedOut });
    expect(place.said.join('')).toContain(warning);
  });
});
