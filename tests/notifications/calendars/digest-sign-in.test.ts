/** Signing in by Digest, as the RFC computes it, and at a server that takes nothing else. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDavSession } from '#notifications/calendars/dav-session.ts';
import { createDigest, digestChallenge } from '#notifications/calendars/digest-sign-in.ts';
import { findCalendars } from '#notifications/calendars/discovery.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from '../../db/fixtures.ts';
import { startStandInCalendar, type StandInCalendar } from '../../support/stand-in-calendar.ts';
import { allow, connect } from './pushing.ts';

/** RFC 7616, 3.9.1. */
const ofTheRfc = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

describe('what is answered', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('is what the RFC has for %s', (algorithm, response) => {
    const challenge = digestChallenge(ofTheRfc(algorithm))!;
    const login = { username: 'Mufasa', password: 'Circle of Life' };
    const digest = createDigest(challenge, login, 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ');
    const url = new URL('http://www.example.org/dir/index.html');
    expect(digest('GET', url)).toContain(`response="${response}"`);
    expect(digest('GET', url)).toContain('nc=00000002');
  });

  it('is the strongest that we know, of several', () => {
    const both = `${ofTheRfc('MD5')}, ${ofTheRfc('SHA-256')}, ${ofTheRfc('SHA-512-256')}`;
    expect(digestChallenge(both)).toMatchObject({ algorithm: 'SHA-256', realm: 'http-auth@example.org' });
  });

  it.each([
    ['Basic is taken, too', `${ofTheRfc('MD5')}, Basic realm="x"`],
    ['nothing is said', null],
    ['we know none of it', 'Negotiate, Bearer realm="x"'],
    ['the body is to be signed', ofTheRfc('MD5').replace('auth, auth-int', 'auth-int')],
    ['the hash is another', ofTheRfc('SHA-512-256')],
    ['the hash has the name of something else', ofTheRfc('constructor')],
  ])('is nothing where %s', (_, header) => {
    expect(digestChallenge(header)).toBeNull();
  });
});

it.each([
  ['', 1],
  [', stale=true', 2],
  [', stale="TRUE"', 2],
])(
  'a question that we answered before is answered again only where it says that its nonce is old:%s',
  async (stale, more) => {
    const server = await startStandInCalendar();
    const question = ofTheRfc('MD5') + stale;
    server.quirks.answer = (_, response) => Boolean(response.writeHead(401, { 'www-authenticate': question }).end());
    const session = openDavSession(server.login, { allow });
    await expect(session.fetch(server.url)).rejects.toMatchObject({ code: 'credentials_refused' });
    expect(server.asked).toHaveLength(2);
    await expect(session.fetch(server.url)).rejects.toMatchObject({ code: 'credentials_refused' });
    expect(server.asked).toHaveLength(2 + more);
    session.close();
    await server.close();
  },
);

describe.each(['MD5', 'SHA-256'] as const)('a server that takes Digest alone, with %s,', (digest) => {
  const { em, orm } = useDatabase();
  let server: StandInCalendar;
  beforeEach(async () => {
    server = await startStandInCalendar();
    server.quirks.signIn = { digest, requests: 4 };
  });
  afterEach(() => server.close());

  it('is connected and filled, and a nonce that is no longer good is followed by the next', async () => {
    const one = await connect(orm(), em, await makeConnectedUser(em()), server.login);
    const list = Array.from({ length: 9 }, (_, index) => rental(`r${index}`));
    await syncList(em(), one.userId, list);
    expect(await one.push()).toBe(9);
    expect(server.objects.size).toBe(9);
    one.session.close();
  });

  it('refuses a wrong password after one answer to its question', async () => {
    const session = openDavSession({ ...server.login, password: 'wrong' }, { allow });
    await expect(findCalendars(session, server.url)).rejects.toMatchObject({ code: 'credentials_refused' });
    expect(server.asked).toHaveLength(2);
    session.close();
  });

  it('gets no answer for another host', async () => {
    const other = await startStandInCalendar();
    other.quirks.signIn = { digest, requests: 4 };
    server.quirks.answer = ({ path }, response) => {
      response.writeHead(307, { location: new URL(path, other.url).href }).end();
      return true;
    };
    const session = openDavSession(server.login, { allow });
    await expect(findCalendars(session, server.url)).rejects.toMatchObject({ code: 'redirected' });
    expect(other.asked).toEqual([]);
    session.close();
    await other.close();
  });
});
