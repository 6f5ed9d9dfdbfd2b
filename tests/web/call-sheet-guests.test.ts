/** Call sheets as guests use them: who gets in, what they read, and what becomes of their answers. */
import { beforeEach, describe, expect, it } from 'vitest';
import { answerAsGuest, readAsGuest } from '#lib/server/call-sheets/guest.ts';
import * as sheets from '#lib/server/call-sheets/sheets.ts';
import { guestAnswers, newCallSheet } from '#lib/server/schemas/call-sheet-inputs.ts';
import { until } from '../support/until.ts';
import { affected, sql } from '../support/sql.ts';
import { useApp, type TestUser } from './support/app.ts';
import { daysAgo, parseCalendar, seedBooking, type SeededBooking } from './support/calendar.ts';

const app = await useApp();
const { services } = app;
const em = () => services.orm.em.fork();
const day = (number: number, hour = 23) => new Date(Date.UTC(2030, 5, number, hour)).toISOString();
const clientAddress = '192.0.2.1';
let owner: TestUser;
let bookingId: string;

beforeEach(async () => {
  owner = await app.newUser();
  bookingId = await seed(10);
});

const seed = (number: number, values: Partial<SeededBooking> = {}) =>
  seedBooking(app, owner.id, { startsAt: day(number), endsAt: day(number + 1, 1), ...values });

async function share(given: object = { bookingId }) {
  const input = newCallSheet.parse({ title: 'Spring piece', hostName: 'Ana', ...given });
  const sheet = await sheets.createCallSheet(services, owner.id, input);
  return { ...sheet, token: sheet.url.split('/').at(-1)!, path: new URL(sheet.calendarUrl).pathname };
}
type Shared = Awaited<ReturnType<typeof share>>;

const guest = (token: string, secret: string | null = null) => ({ token, clientAddress, secret });
const look = ({ token }: { token: string }, secret: string | null = null, userAgent = 'Firefox') =>
  readAsGuest(services, guest(token, secret), { userAgent, userId: null });

async function answer(sheet: Shared, name: string, given: string | null, secret: string | null = null, seen?: string) {
  const { rentals } = await look(sheet, secret);
  const one = { bookingId, answer: given, seen: seen ?? rentals.find((row) => row.bookingId === bookingId)!.seen };
  return answerAsGuest(services, guest(sheet.token, secret), guestAnswers.parse({ name, answers: [one] }));
}

/** As a sync stores it. */
async function move(from: string, to: string, end: string, at = new Date()): Promise<void> {
  await affected(
    em(),
    sql`update bookings set starts_at = ${to}, ends_at = ${end}, sequence = sequence + 1,
    updated_at = ${at} where id = ${bookingId}`,
  );
  await affected(
    em(),
    sql`insert into booking_changes (user_id, booking_id, kind, before, after, at) values (${owner.id},
    ${bookingId}, 'moved', ${JSON.stringify({ starts_at: from })}::jsonb, ${JSON.stringify({ starts_at: to })}::jsonb, ${at})`,
  );
}

describe('the link', () => {
  it('opens the sheet until its time is over, it is taken back or replaced', async () => {
    const sheet = await share();
    expect(await look(sheet)).toMatchObject({ title: 'Spring piece', hostName: 'Ana' });
    const fresh = await sheets.rotateCallSheet(services, owner.id, sheet.id);
    await expect(look(sheet)).rejects.toMatchObject({ reason: 'not_found' });
    const renewed = { token: fresh.url.split('/').at(-1)! };
    await affected(
      em(),
      sql`update call_sheets set follows_rentals = false, expires_at = now() where id = ${sheet.id}`,
    );
    await expect(look(renewed)).rejects.toMatchObject({ status: 410 });
    await affected(
      em(),
      sql`update call_sheets set follows_rentals = false, expires_at = now() + interval '1 day' where id = ${sheet.id}`,
    );
    await sheets.revokeCallSheet(services, owner.id, sheet.id);
    await expect(look(renewed)).rejects.toMatchObject({ status: 410 });
  });

  it.each([true, false])(
    'that is made anew where its time was over works again; followed the rentals: %s',
    async (followed) => {
      const sheet = await share();
      const over = sql`update call_sheets set follows_rentals = ${followed}, expires_at = now() - interval '1 day' where id = ${sheet.id}`;
      await affected(em(), over);
      const fresh = await sheets.rotateCallSheet(services, owner.id, sheet.id);
      expect(fresh).toMatchObject({ state: 'open', followsRentals: followed });
      expect(await look({ token: fresh.url.split('/').at(-1)! })).toMatchObject({ title: 'Spring piece' });
      const again = await sheets.changeCallSheet(services, owner.id, sheet.id, { expiresAt: new Date('2030-07-01') });
      expect((await sheets.rotateCallSheet(services, owner.id, sheet.id)).expiresAt).toEqual(again.expiresAt);
    },
  );

  it('is noted when a guest opens it, not when its owner or a program that previews links does', async () => {
    const sheet = await share();
    const opened = async () => (await sheets.readCallSheet(services, owner.id, sheet.id)).lastOpenedAt;
    await look(sheet, null, 'WhatsApp/2.23');
    await readAsGuest(services, guest(sheet.token), { userAgent: 'Firefox', userId: owner.id });
    expect(await opened()).toBeNull();
    await look(sheet);
    expect(await opened()).toEqual(expect.any(Date));
  });

  it.each(['', 'nonsense', `${'a'.repeat(43)}`])('that is %j is not found', async (token) => {
    await expect(look({ token })).rejects.toMatchObject({ reason: 'not_found' });
  });
});

describe('what a guest reads', () => {
  it('has no price, no number of the rental, no address of the owner', async () => {
    const text = JSON.stringify(await look(await share()));
    for (const secret of ['R-490015', '1900', 'portal.test', owner.email, owner.id]) expect(text).not.toContain(secret);
  });

  it('says what is canceled, not confirmed, gone and moved since the link was made', async () => {
    await seed(11, { status: 'Requested' });
    const canceled = await seed(12);
    const gone = await seed(13);
    const sheet = await share({ from: '2030-06-10', to: '2030-06-20' });
    await affected(em(), sql`update bookings set status = 'Canceled', updated_at = now() where id = ${canceled}`);
    await affected(
      em(),
      sql`insert into booking_changes (user_id, booking_id, kind, at, before, after) values (${owner.id}, ${canceled},
        'status', now(), '{"status": "Approved"}', '{"status": "Canceled"}')`,
    );
    await affected(em(), sql`update bookings set removed_at = now(), updated_at = now() where id = ${gone}`);
    await move(day(10), day(10, 21), day(11, 1));
    const { rentals } = await look(sheet);
    expect(rentals.map(({ fate, asks }) => [fate, asks])).toEqual([
      ['stands', true],
      ['unconfirmed', true],
      ['canceled', false],
      ['gone', false],
    ]);
    expect(rentals[0]).toMatchObject({ was: { startsAt: new Date(day(10)) } });
    expect(rentals[1]!.was).toBeNull();
  });
});

describe('answers', () => {
  it('are counted, changed from the same browser, and named to guests only where the owner wants that', async () => {
    const sheet = await share();
    const { secret } = await answer(sheet, 'Ben', 'yes');
    await answer(sheet, 'Ben', 'maybe');
    expect((await look(sheet, secret)).rentals[0]).toMatchObject({
      counts: { yes: 1, maybe: 1, no: 0 },
      names: [],
      mine: { answer: 'yes', beforeMove: false },
    });
    await answer(sheet, 'Ben', 'no', secret);
    await sheets.changeCallSheet(services, owner.id, sheet.id, { namesShown: true });
    const { rentals, myName } = await look(sheet, secret);
    expect(myName).toBe('Ben');
    expect(rentals[0]).toMatchObject({
      counts: { yes: 0, maybe: 1, no: 1 },
      names: [
        { name: 'Ben', answer: 'no' },
        { name: 'Ben', answer: 'maybe' },
      ],
    });
    await answer(sheet, 'Ben', null, secret);
    expect((await look(sheet, secret)).rentals[0]).toMatchObject({ counts: { no: 0 }, mine: null });
  });

  it('of before a move say so, to both sides, until they are given again', async () => {
    const sheet = await share();
    const { secret } = await answer(sheet, 'Ben', 'yes');
    await move(day(10), day(10, 21), day(11, 1));
    expect((await look(sheet, secret)).rentals[0]).toMatchObject({ mine: { beforeMove: true } });
    const owned = async () => (await sheets.readCallSheet(services, owner.id, sheet.id)).rentals[0]!.answers;
    expect(await owned()).toMatchObject([{ name: 'Ben', answer: 'yes', beforeMove: true }]);
    await answer(sheet, 'Ben', 'yes', secret);
    expect(await owned()).toMatchObject([{ beforeMove: false }]);
    expect(await sheets.listAnswersForBooking(services, owner.id, bookingId)).toMatchObject([{ beforeMove: false }]);
  });

  it('to what moved while they were given, was canceled or has begun are not stored', async () => {
    const sheet = await share();
    const { seen } = (await look(sheet)).rentals[0]!;
    await move(day(10), day(10, 21), day(11, 1));
    expect(await answer(sheet, 'Ben', 'yes', null, seen)).toMatchObject({ missed: 1 });
    await affected(em(), sql`update bookings set status = 'Canceled' where id = ${bookingId}`);
    expect(await answer(sheet, 'Ben', 'yes')).toMatchObject({ missed: 1 });
    await affected(
      em(),
      sql`update bookings set status = 'Approved', starts_at = ${daysAgo(1)} where id = ${bookingId}`,
    );
    expect(await answer(sheet, 'Ben', 'yes')).toMatchObject({ missed: 1 });
    expect((await look(sheet)).rentals[0]!.counts).toEqual({ yes: 0, maybe: 0, no: 0 });
  });

  it('are not stored where the sheet is deleted or taken back while they are given', async () => {
    for (const [change, reason] of [
      ['delete from call_sheets where id = $1', 'not_found'],
      ['update call_sheets set revoked_at = now() where id = $1', 'invalid_link'],
    ] as const) {
      const sheet = await share();
      const { rentals } = await look(sheet);
      const given = [{ bookingId, answer: 'yes', seen: rentals[0]!.seen }];
      const holder = await app.database.connect();
      try {
        await holder.query('begin');
        await holder.query('select id from users where id = $1 for update', [owner.id]);
        const answered = answerAsGuest(
          services,
          guest(sheet.token),
          guestAnswers.parse({ name: 'Bo', answers: given }),
        ).catch((error: unknown) => error);
        await until('the answer waits', async () => {
          const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
          return (await app.database.query(waiting)).rowCount;
        });
        await holder.query(change, [sheet.id]);
        await holder.query('commit');
        expect(await answered).toMatchObject({ reason });
      } finally {
        holder.release();
      }
      const { rowCount } = await app.database.query('select 1 from call_sheet_guests where call_sheet_id = $1', [
        sheet.id,
      ]);
      expect(rowCount).toBe(0);
    }
  });

  it('to rentals that the sheet does not show are not stored', async () => {
    const sheet = await share({ from: '2030-06-01', to: '2030-06-02' });
    const given = [{ bookingId, answer: 'yes', seen: 'x' }];
    expect(
      await answerAsGuest(services, guest(sheet.token), guestAnswers.parse({ name: 'Ben', answers: given })),
    ).toMatchObject({ missed: 1 });
  });

  it.each([
    ['  Ana \n  María  ', 'Ana María'],
    ['\u202eanA', 'anA'],
    ['نام\u200cمن', 'نام\u200cمن'],
    ['\u200b\u3164 ', null],
    ['x'.repeat(61), null],
  ])('come under a name that can be read: %j', (name, kept) => {
    const one = { bookingId, answer: 'yes', seen: 'x', comment: 'a\u0000b\u2028c' };
    const parsed = guestAnswers.safeParse({ name, answers: [one] });
    expect(parsed.data?.name ?? null).toBe(kept);
    if (kept) expect(parsed.data!.answers[0]!.comment).toBe('a b c');
  });
});

describe('the calendar', () => {
  it('has the rentals under ids that stay, without price, number or link, and says what is canceled', async () => {
    const sheet = await share({ bookingId, note: 'Bring shoes' });
    const answered = await app.call('GET', sheet.path);
    const { event, component } = parseCalendar(answered.text);
    expect(event().uid).toBe(`${bookingId}@gibney-sync`);
    expect(event().summary).toBe('Studio A · Spring piece');
    expect(event().description).toBe('Rental: Spring piece\nStatus: Approved\nBring shoes');
    expect(component.getFirstPropertyValue('x-wr-calname')).toBe('Spring piece');
    for (const secret of ['R-490015', '$19', 'portal.test', owner.email]) expect(answered.text).not.toContain(secret);
    await affected(em(), sql`update bookings set status = 'Canceled', sequence = 1 where id = ${bookingId}`);
    const later = parseCalendar((await app.call('GET', sheet.path)).text);
    expect(later.event().component.getFirstPropertyValue('status')).toBe('CANCELLED');
    expect(later.event().uid).toBe(event().uid);
  });

  it('is private, is kept while nothing changes, and cannot be written', async () => {
    const { path } = await share();
    const { headers } = await app.call('GET', `${path}?download`);
    expect(Object.fromEntries(headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'cache-control': 'private, no-cache',
      'content-disposition': 'attachment; filename="call-sheet.ics"',
    });
    const again = await app.call('GET', path, { headers: { 'if-none-match': headers.get('etag')! } });
    expect(again.status).toBe(304);
    const tag = headers.get('etag')!;
    for (const known of [`W/${tag}`, `"other", ${tag}`, '*'])
      expect((await app.call('GET', path, { headers: { 'if-none-match': known } })).status, known).toBe(304);
    expect((await app.call('GET', path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    expect((await app.call('PUT', path, { body: {} })).status).toBe(405);
  });

  it('of no sheet, and of one that was taken back, tells nothing of either', async () => {
    const sheet = await share();
    await sheets.revokeCallSheet(services, owner.id, sheet.id);
    const absent = await app.call('GET', `/call/${'a'.repeat(43)}.ics`);
    const ended = await app.call('GET', sheet.path);
    expect([absent.status, ended.status]).toEqual([404, 410]);
    for (const { text, headers } of [absent, ended]) {
      expect(text).not.toMatch(/Spring|Ana/);
      expect(headers.get('cache-control')).toContain('no-store');
    }
  });
});
