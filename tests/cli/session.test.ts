/** Which service a command speaks to, and with whose key. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exitCodes } from '#cli/exit-codes.ts';
import { writeLogin } from '#cli/login-store.ts';
import { defaultUrl, openSession } from '#cli/session.ts';
import type { CommonOptions } from '#cli/session.ts';
import { newPlace } from './environment.ts';
import type { Place } from './environment.ts';

const open = ({ environment }: Place, options: CommonOptions = {}) =>
  openSession({ environment, signal: new AbortController().signal }, options);
const stored = 'https://stored.example';

async function signedIn(over: Parameters<typeof newPlace>[0] = {}): Promise<Place> {
  const place = newPlace(over);
  await writeLogin(place.environment.loginPath, { url: stored, key: 'gsk_stored', email: '' });
  return place;
}

it('a login is for its service and for no other', async () => {
  const place = await signedIn();
  expect(await open(place)).toMatchObject({ url: stored, source: 'login' });
  await expect(open(place, { url: 'https://other.example' })).rejects.toMatchObject({ exitCode: exitCodes.signedOut });
});

it('a key of the environment never goes to the address of the login', async () => {
  expect(await open(await signedIn({ key: 'gsk_given' }))).toMatchObject({ url: defaultUrl, source: 'environment' });
  const place = await signedIn({ key: 'gsk_given', url: 'given.example' });
  expect(await open(place)).toMatchObject({ url: 'https://given.example' });
});

it('the login at https is for the address that leads there, and for no other', async () => {
  const place = newPlace({ url: 'http://sync.example' });
  await writeLogin(place.environment.loginPath, { url: 'https://sync.example', key: 'gsk_stored', email: '' });
  expect(await open(place)).toMatchObject({ url: 'https://sync.example', source: 'login' });
  await expect(open(place, { url: 'http://other.example' })).rejects.toThrow('not signed in');
  await writeLogin(place.environment.loginPath, { url: 'http://sync.example', key: 'gsk_stored', email: '' });
  await expect(open(place, { url: 'https://sync.example' })).rejects.toThrow('not signed in');
});

it('with a key of the environment the login is not even read', async () => {
  const broken = newPlace({ key: 'gsk_given' });
  writeFileSync(broken.environment.loginPath, '{');
  for (const place of [broken, newPlace({ key: 'gsk_given', loginPath: '/dev/null/gibney-sync/login.json' })])
    expect(await open(place)).toMatchObject({ source: 'environment' });
});

it('without a home nobody is signed in', async () => {
  const nowhere = open(newPlace({ loginPath: '/dev/null/gibney-sync/login.json' }));
  await expect(nowhere).rejects.toThrow('You are not signed in');
});

it.each(['{', '[]', 'null', '{"url":1,"key":2}'])('a login that says %s is refused with what to do', async (text) => {
  const place = newPlace();
  writeFileSync(place.environment.loginPath, text);
  await expect(open(place)).rejects.toMatchObject({
    exitCode: exitCodes.signedOut,
    message: expect.stringContaining('gibney-sync login --url') as string,
  });
});

it.each(['ftp://example.com', 'https://', 'mailto:a@b'])('%s is no address of a service', async (url) => {
  await expect(open(newPlace({ key: 'gsk_given' }), { url })).rejects.toMatchObject({ exitCode: exitCodes.usage });
});
