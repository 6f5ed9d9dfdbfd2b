import { describe, expect, it } from 'vitest';
import {
  parseSession,
  serializeSession,
  sessionChanged,
  withoutSession,
  type SessionCookie,
} from '#domain/portal-session.ts';

const cookie = (values: Partial<SessionCookie> = {}): SessionCookie => ({
  name: 'sid',
  value: 'secret',
  domain: 'portal.test',
  path: '/',
  expires: -1,
  httpOnly: true,
  secure: false,
  sameSite: 'Lax',
  ...values,
});

describe('a saved session', () => {
  it('comes back as it was', () => {
    const cookies = [cookie(), cookie({ name: 'b', expires: 4_000_000_000 })];
    expect(parseSession(serializeSession(cookies))).toEqual(expect.arrayContaining(cookies));
  });

  it('comes back without the cookies that have expired', () => {
    const text = serializeSession([cookie({ name: 'old', expires: 1_000 }), cookie()]);
    expect(parseSession(text, 2_000_000).map(({ name }) => name)).toEqual(['sid']);
  });

  it.each(['', 'null', '{}', '{"version":2,"cookies":[]}', '{"version":1,"cookies":[{"name":"x"}]}'])(
    'is none in %j',
    (text) => {
      expect(parseSession(text)).toEqual([]);
    },
  );

  it('leaves the cookies by which the portal knows the browser', () => {
    const device = cookie({ name: 'sfdc_lv2', expires: 4_000_000_000 });
    const session = [cookie({ expires: 4_000_000_000 }), cookie({ name: 'sid_Client' })];
    expect(withoutSession(serializeSession([...session, device]))).toBe(serializeSession([device]));
    expect(withoutSession(serializeSession(session))).toBeNull();
    expect(withoutSession('no session')).toBeNull();
  });

  it('has changed where a cookie did, and not where one only lasts longer or stands elsewhere', () => {
    const before = serializeSession([cookie(), cookie({ name: 'b' })]);
    expect(sessionChanged(before, serializeSession([cookie({ name: 'b' }), cookie({ expires: 9e9 })]))).toBe(false);
    expect(sessionChanged(before, serializeSession([cookie({ value: 'other' }), cookie({ name: 'b' })]))).toBe(true);
    expect(sessionChanged(before, serializeSession([cookie()]))).toBe(true);
    expect(sessionChanged(null, before)).toBe(true);
  });
});
