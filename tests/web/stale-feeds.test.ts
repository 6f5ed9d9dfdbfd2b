/** A feed while no sync succeeds: it says how old it is, and in the end what to do. */
import { describe, expect, it } from 'vitest';
import { stalenessOf } from '#lib/server/calendar/staleness.ts';
import { affected, sql } from '../support/sql.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { feedPath, parseCalendar, seedBooking, shareAll } from './support/calendar.ts';

const app = await useApp({ env: { PUBLIC_URL: 'http://rentals.example' } });
const em = () => app.services.orm.em.fork();

interface Account {
  /** How long ago the last sync succeeded; null: never. */
  checkedHoursAgo: number | null;
  connectedHoursAgo?: number;
  pausedReason?: string | null;
  state?: 'connected' | 'disconnected';
  interval?: number | null;
}

async function setAccount(userId: string, account: Account): Promise<void> {
  const { checkedHoursAgo, connectedHoursAgo = 500, pausedReason = null, state = 'connected', interval } = account;
  await affected(
    em(),
    sql`insert into portal_accounts (user_id, state, last_sync_at, created_at, paused_reason) values (${userId}, ${state},
          now() - make_interval(secs => ${checkedHoursAgo === null ? null : checkedHoursAgo * 3600}::float8),
          now() - make_interval(secs => ${connectedHoursAgo * 3600}::float8), ${pausedReason})
        on conflict (user_id) do update set state = excluded.state, last_sync_at = excluded.last_sync_at,
          paused_reason = excluded.paused_reason`,
  );
  if (interval) await affected(em(), sql`update users set interval_minutes = ${interval} where id = ${userId}`);
}

async function dancer(account: Account): Promise<TestUser & { path: string }> {
  const user = await app.newUser();
  await seedBooking(app, user.id, {});
  await setAccount(user.id, account);
  return { ...user, path: feedPath(user.calendarUrl) };
}

async function fetchCalendar(path: string) {
  const { text } = await app.call('GET', path);
  return { text, ...parseCalendar(text) };
}

describe('the events of a feed', () => {
  it.each([
    [{ checkedHoursAgo: 1 }, null],
    [{ checkedHoursAgo: 2.4 }, null],
    [{ checkedHoursAgo: 3.1 }, 'checked 3 h ago'],
    [{ checkedHoursAgo: 23.9 }, 'checked 23 h ago'],
    [{ checkedHoursAgo: 47.5 }, 'checked 47 h ago'],
    [{ checkedHoursAgo: 80 }, 'checked 3 days ago'],
    [{ checkedHoursAgo: 1.2, interval: 15 }, 'checked 1 h ago'],
    [{ checkedHoursAgo: 23, interval: 1440 }, null],
    [{ checkedHoursAgo: null, connectedHoursAgo: 4.5 }, 'not checked for 4 h'],
    [{ checkedHoursAgo: null, state: 'disconnected' as const }, null],
    [{ checkedHoursAgo: 5, state: 'disconnected' as const }, 'checked 5 h ago'],
  ])('after %o say %s', async (account, said) => {
    const { path } = await dancer(account);
    const { description } = (await fetchCalendar(path)).event('Studio A');
    if (said) expect(description).toContain(`\nNot up to date: ${said}.`);
    else expect(description).not.toContain('Not up to date');
  });

  it('are fetched again when the words change and when a sync succeeds, and not meanwhile', async () => {
    const { id, path } = await dancer({ checkedHoursAgo: 1 });
    await affected(em(), sql`update calendar_feeds set updated_at = now() - interval '9 days' where user_id = ${id}`);
    await affected(em(), sql`update bookings set updated_at = now() - interval '9 days' where user_id = ${id}`);
    const again = async (headers: Record<string, string>) => (await app.call('GET', path, { headers })).status;
    const tags: string[] = [];
    let modified: string | null = null;
    for (const checkedHoursAgo of [1, 30.4, 29.3, 4.2, 3.1, 0]) {
      await setAccount(id, { checkedHoursAgo });
      if (tags.length > 0) expect(await again({ 'if-none-match': tags.at(-1)! })).toBe(200);
      if (modified) expect(await again({ 'if-modified-since': modified })).toBe(200);
      const { headers } = await app.call('GET', path);
      tags.push(headers.get('etag')!);
      expect(await again({ 'if-none-match': tags.at(-1)! })).toBe(304);
      expect(await again({ 'if-modified-since': headers.get('last-modified')! })).toBe(304);
      // The clock of each begins later than that of the one before, but for the first.
      modified = checkedHoursAgo > 1 ? headers.get('last-modified') : null;
    }
    expect(new Set(tags).size).toBe(5);
    expect(tags[5]).toBe(tags[0]);
  });
});

describe('a day without a good sync', () => {
  it.each([
    [{ pausedReason: 'invalid_credentials' }, 'Update your Gibney sign-in', 'did not accept'],
    [{ pausedReason: 'action_required' }, 'Sign in once on the Gibney site', 'wants something from you'],
    [{ pausedReason: 'account_locked' }, 'Unlock it on the Gibney site', 'locked'],
    [{ pausedReason: 'user' }, 'Press Resume on your dashboard', 'Syncing is paused'],
    [{ pausedReason: 'repeated_failure' }, 'then press Resume', 'for a week'],
    [{ state: 'disconnected' as const }, 'Connect your Gibney account', 'No Gibney account'],
    [{}, 'Look at the Gibney site itself', 'No sync has run'],
  ])('of %o is one event of the whole day, on top', async (account, todo, why) => {
    const { path } = await dancer({ checkedHoursAgo: 25, ...account });
    const { events, text } = await fetchCalendar(path);
    const [first] = events;
    expect(events).toHaveLength(2);
    expect(first!.summary).toMatch(/^Rentals not up to date: /);
    expect(first!.summary).toContain(todo);
    expect(first!.description).toContain(why);
    expect(first!.description).toContain('http://rentals.example/dashboard');
    expect([first!.startDate.isDate, first!.duration.toSeconds()]).toEqual([true, 86_400]);
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format(new Date());
    expect(first!.startDate.toString()).toBe(today);
    expect(text).toContain('TRANSP:TRANSPARENT');
  });

  it('names why the last sync failed', async () => {
    const { id, path } = await dancer({ checkedHoursAgo: 25 });
    await affected(
      em(),
      sql`insert into sync_jobs (id, user_id, status, error_code, completed_at)
          values (gen_random_uuid(), ${id}, 'failed', 'portal_changed', now())`,
    );
    expect((await fetchCalendar(path)).events[0]!.description).toContain('Gibney changed its rentals page');
  });

  it.each([
    [{ checkedHoursAgo: 23.9 }],
    [{ checkedHoursAgo: 0 }],
    [{ checkedHoursAgo: 24.4, interval: 1440 }],
    [{ checkedHoursAgo: null, state: 'disconnected' as const }],
  ])('is none after %o', async (account) => {
    const { path } = await dancer(account);
    expect((await fetchCalendar(path)).events).toHaveLength(1);
  });
});

describe('what others share', () => {
  async function sharing(owner: Account, member?: Account) {
    const sharer = await app.newUser();
    await seedBooking(app, sharer.id, { studio: 'Studio Shared' });
    await setAccount(sharer.id, owner);
    const user = await app.newUser();
    if (member) {
      await seedBooking(app, user.id, { studio: 'Studio Own' });
      await setAccount(user.id, member);
    }
    const groupId = await shareAll(app, sharer.id, user.id);
    return { sharer, user, groupId, path: feedPath(user.calendarUrl) };
  }

  it('is as old as its owner’s syncs, to a member without an account at Gibney', async () => {
    const { path, sharer } = await sharing({ checkedHoursAgo: 7 * 24 + 1, pausedReason: 'invalid_credentials' });
    const before = await app.call('GET', path);
    const { event } = parseCalendar(before.text);
    expect(event('Studio Shared').description).toContain('\nNot up to date: checked 7 days ago.');
    const warning = event('not up to date');
    expect(warning.summary).toBe('Rentals not up to date: ask who invited you.');
    expect(warning.description).toContain('Last checked: ');
    expect(before.text).not.toContain('sign-in');
    await setAccount(sharer.id, { checkedHoursAgo: 0.1 });
    const after = await app.call('GET', path, { headers: { 'if-none-match': before.headers.get('etag')! } });
    expect(after.status).toBe(200);
    expect(after.text).not.toContain('ot up to date');
  });

  it('is not old because the member’s own is, nor the reverse', async () => {
    const paused = { checkedHoursAgo: 30, pausedReason: 'user' };
    const fresh = { checkedHoursAgo: 0.1 };
    const own = await fetchCalendar((await sharing(fresh, paused)).path);
    expect(own.event('Studio Own').description).toContain('Not up to date');
    expect(own.event('Studio Shared').description).not.toContain('Not up to date');
    expect(own.events.map(({ summary }) => summary)).toContain(
      'Rentals not up to date: Press Resume on your dashboard.',
    );
    const theirs = await fetchCalendar((await sharing(paused, fresh)).path);
    expect(theirs.event('Studio Own').description).not.toContain('Not up to date');
    expect(theirs.event('Studio Shared').description).toContain('Not up to date: checked 30 h ago.');
    expect(theirs.events).toHaveLength(3);
    expect(theirs.text).not.toContain('Press Resume');
  });

  it('warns of nothing that the feed does not show, and goes by the owner’s interval', async () => {
    const { path, user } = await sharing({ checkedHoursAgo: 30 });
    await affected(
      em(),
      sql`update calendar_feeds set filters = '{"studios": ["elsewhere"]}' where user_id = ${user.id}`,
    );
    expect((await fetchCalendar(path)).events).toEqual([]);
    const daily = await sharing({ checkedHoursAgo: 23, interval: 1_440 });
    expect((await fetchCalendar(daily.path)).text).not.toContain('ot up to date');
  });

  it('warns once for several owners, of the one checked longest ago', async () => {
    const { path, user } = await sharing({ checkedHoursAgo: 30 });
    const other = await app.newUser();
    await seedBooking(app, other.id, { studio: 'Studio Other' });
    await setAccount(other.id, { checkedHoursAgo: 80 });
    await shareAll(app, other.id, user.id);
    const { event, events } = await fetchCalendar(path);
    expect(events).toHaveLength(3);
    expect(event('Studio Shared').description).toContain('checked 30 h ago');
    expect(event('Studio Other').description).toContain('checked 3 days ago');
    expect(event('not up to date').component.getFirstPropertyValue('uid')).toMatch(/^not-up-to-date-shared-/);
  });
});

it('a warning that begins again has a higher number than before', () => {
  const facts = { id: 'f', connectedAt: null, connected: true, pausedReason: null, lastErrorCode: null };
  const sequence = (checkedAt: string, now: string) =>
    stalenessOf({ ...facts, checkedAt: new Date(checkedAt) }, 120, new Date(now))!.event!.sequence;
  const first = sequence('2026-11-01T12:00:00Z', '2026-11-20T12:00:00Z');
  expect(sequence('2026-11-01T12:00:00Z', '2026-11-21T12:00:00Z')).toBe(first + 1);
  expect(sequence('2026-11-21T13:00:00Z', '2026-11-23T13:00:00Z')).toBe(first + 3);
});

it('words begin when they become true', () => {
  const facts = { id: 'f', connectedAt: null, connected: true, pausedReason: null, lastErrorCode: null };
  const checkedAt = new Date('2026-11-28T12:00:00Z');
  const since = (now: string) => stalenessOf({ ...facts, checkedAt }, 120, new Date(now))?.since.toISOString();
  expect(since('2026-11-28T14:29:59Z')).toBeUndefined();
  expect(since('2026-11-28T14:30:00Z')).toBe('2026-11-28T14:30:00.000Z');
  expect(since('2026-11-28T15:59:00Z')).toBe('2026-11-28T15:00:00.000Z');
  expect(since('2026-12-01T13:00:00Z')).toBe('2026-12-01T12:00:00.000Z');
});
