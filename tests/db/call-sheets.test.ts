/** Call sheets in the database: which rentals each shows, who answered, and what goes with what. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  countGuestsBySheet,
  deleteGuest,
  listAnswers,
  listAnswersTo,
  storeAnswers,
  type GivenAnswers,
} from '#db/queries/call-sheet-answers.ts';
import * as sheets from '#db/queries/call-sheets.ts';
import { deleteOldSheets } from '#db/queries/retention.ts';
import { deleteUser } from '#db/queries/users.ts';
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { affected, rows, sql } from '../support/sql.ts';
import { hourMs, makeConnectedUser, makeUser, rental, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();
const day = (offset: number, hour = 23) => new Date(Date.UTC(2030, 5, 10 + offset, hour));
const period = { periodFrom: day(0, 4), periodTo: day(7, 4) };
let userId: string;

beforeEach(async () => {
  userId = await makeConnectedUser(em());
});

const at = (recordId: string, startsAt: Date, values: Partial<StagedRental> = {}) =>
  rental(recordId, { startsAt, endsAt: new Date(startsAt.getTime() + hourMs), ...values });
const sync = (...list: StagedRental[]) => syncList(em(), userId, list);

async function idOf(recordId: string, owner = userId): Promise<string> {
  const [found] = await rows<{ id: string }>(
    em(),
    sql`select id from bookings where user_id = ${owner} and record_id = ${recordId}`,
  );
  return found!.id;
}

async function makeSheet(subject: Partial<sheets.CallSheetRow> = period, owner = userId, most = 10) {
  const made = await sheets.insertSheet(em(), owner, most, () => ({
    ...{
      title: 'Spring piece',
      note: '',
      hostName: '',
      namesShown: false,
      bookingId: null,
      groupId: null,
      periodFrom: null,
    },
    ...{ periodTo: null, tokenHash: randomUUID(), tokenSealed: 'v1.x', expiresAt: day(14), followsRentals: false },
    ...subject,
  }));
  return made!;
}

const shown = async (sheet: string) =>
  (await sheets.listSheetRentals(em(), sheet)).bookings.map(({ recordId }) => recordId);

describe('a sheet', () => {
  it('of a rental shows that one, whatever became of it', async () => {
    await sync(at('a', day(1)), at('b', day(2)));
    const sheet = await makeSheet({ periodFrom: null, periodTo: null, bookingId: await idOf('a') });
    expect(await shown(sheet)).toEqual(['a']);
    await sync(at('a', day(40), { status: 'Canceled' }), at('b', day(2)));
    expect(await shown(sheet)).toEqual(['a']);
  });

  it('of a period shows what starts in it, to the moment, and only the owner’s own', async () => {
    const stranger = await makeConnectedUser(em());
    await syncList(em(), stranger, [at('theirs', day(1))]);
    const ends = [at('first', period.periodFrom), at('after', period.periodTo)];
    await sync(at('before', new Date(+period.periodFrom - 1)), ...ends, at('in', day(3)));
    expect(await shown(await makeSheet())).toEqual(['first', 'in']);
  });

  it('goes on to show what was moved out of its period, or canceled, since it was made, and not before', async () => {
    await sync(at('lost', day(1), { status: 'Canceled' }), at('kept', day(1)), at('moves', day(2)), at('ends', day(3)));
    await affected(em(), sql`update bookings set updated_at = now() - interval '1 day' where user_id = ${userId}`);
    const sheet = await makeSheet();
    expect(await shown(sheet)).toEqual(['kept', 'moves', 'ends']);
    await sync(
      at('lost', day(1), { status: 'Canceled' }),
      ...[at('kept', day(1)), at('moves', day(30)), at('ends', day(3), { status: 'Canceled' }), at('comes', day(4))],
    );
    expect(await shown(sheet)).toEqual(['kept', 'ends', 'comes', 'moves']);
    const moves = await sheets.listMoves(em(), [await idOf('moves')], new Date(0));
    expect(moves.map(({ kind, before }) => [kind, before?.starts_at])).toEqual([['moved', day(2).toISOString()]]);
  });

  it('brings nothing up that was lost before it was made, whatever changes about it later', async () => {
    const lost = (values: Partial<StagedRental> = {}) => at('lost', day(1), { status: 'Canceled', ...values });
    await sync(at('declined', day(2), { status: 'Declined' }), at('gone', day(3)), at('kept', day(4)), lost());
    await sync(at('declined', day(2), { status: 'Declined' }), at('kept', day(4)), lost());
    const sheet = await makeSheet();
    await affected(em(), sql`update bookings set updated_at = now(), price_cents = 0 where record_id = 'gone'`);
    await sync(at('kept', day(4)), lost({ studio: 'Studio Z', status: 'Cancelled' }));
    expect(await shown(sheet)).toEqual(['kept']);
    await sync(at('kept', day(4), { status: 'Declined' }), lost());
    expect(await shown(sheet)).toEqual(['kept']);
  });

  it('shows what is to come before what is over, and says how much it has no room for', async () => {
    const groupId = randomUUID();
    await affected(em(), sql`insert into groups (id, user_id, name) values (${groupId}, ${userId}, 'Daily class')`);
    await affected(
      em(),
      sql`insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, record_url,
          first_seen_at, last_seen_at, updated_at, group_id, grouped_by)
        select ${userId}, 'day' || n, 'day', now() + make_interval(days => n), now() + make_interval(days => n, hours => 1),
          'Studio A', '280 Broadway', 'Approved', 'https://portal.test/r', now(), now(), now(), ${groupId}, 'hand'
        from generate_series(-10, 205) n where n <> 0`,
    );
    const sheet = await makeSheet({ periodFrom: null, periodTo: null, groupId });
    const old = sql`update call_sheets set created_at = now() - interval '30 days' where id = ${sheet}`;
    const first = async () => {
      const { bookings, leftOut } = await sheets.listSheetRentals(em(), sheet);
      return [bookings.length, leftOut, bookings[0]!.recordId, bookings.at(-1)!.recordId];
    };
    await affected(em(), old);
    expect(await first()).toEqual([200, 15, 'day1', 'day200']);
    await affected(em(), sql`delete from bookings where starts_at > now() + interval '196 days 12 hours'`);
    expect(await first()).toEqual([200, 6, 'day-4', 'day196']);
  });

  it('of a group shows what is in it and was not over when it was made, and goes with the group', async () => {
    await sync(at('past', new Date('2020-01-01T20:00:00Z')), at('a', day(1)), at('b', day(40)), at('c', day(2)));
    const groupId = randomUUID();
    await affected(em(), sql`insert into groups (id, user_id, name) values (${groupId}, ${userId}, 'Troupe')`);
    await affected(
      em(),
      sql`update bookings set group_id = ${groupId}, grouped_by = 'hand'
      where user_id = ${userId} and record_id <> 'c'`,
    );
    const sheet = await makeSheet({ periodFrom: null, periodTo: null, groupId });
    expect(await shown(sheet)).toEqual(['a', 'b']);
    expect(await sheets.lastEndOfGroup(em(), groupId)).toEqual(day(40, 24));
    expect(await sheets.listSheets(em(), userId, sheet)).toMatchObject([{ groupName: 'Troupe' }]);
    await affected(em(), sql`delete from groups where id = ${groupId}`);
    expect(await sheets.listSheets(em(), userId)).toEqual([]);
  });

  it('is found by the hash of its token, and knows when it was opened', async () => {
    const id = await makeSheet({ ...period, tokenHash: 'hash' });
    await sheets.noteOpened(em(), id, day(1));
    expect(await sheets.findSheetByToken(em(), 'hash')).toMatchObject({ id, lastOpenedAt: day(1) });
    expect(await sheets.findSheetByToken(em(), 'other')).toBeNull();
  });

  it('is one of a limited number, also where several are made at once', async () => {
    const made = await Promise.all([1, 2, 3].map(() => sheets.insertSheet(em(), userId, 2, never)));
    expect(made.filter(Boolean)).toHaveLength(2);
  });
  const never = () => ({
    ...{ title: 'x', note: '', hostName: '', namesShown: false, bookingId: null, groupId: null, ...period },
    ...{ tokenHash: randomUUID(), tokenSealed: 'v1.x', expiresAt: day(14), followsRentals: false },
  });
});

describe('answers', () => {
  let sheet: string;
  let bookingId: string;
  beforeEach(async () => {
    await sync(at('a', day(1)), at('b', day(2)));
    sheet = await makeSheet();
    bookingId = await idOf('a');
  });
  const give = (secretHash: string, name: string, answer: GivenAnswers['answers'][number]['answer'], most = 9) =>
    storeAnswers(
      em(),
      { userId, sheetId: sheet, secretHash, name, answers: [{ bookingId, answer, comment: '' }] },
      most,
    );
  const said = async () => (await listAnswers(em(), sheet)).map(({ name, answer }) => `${name}: ${answer}`);

  it('change and are taken back by the same guest, and two of one name stay apart', async () => {
    await give('one', 'Ana', 'yes');
    await give('two', 'Ana', 'no');
    await give('one', 'Ana B.', 'maybe');
    expect(await said()).toEqual(['Ana B.: maybe', 'Ana: no']);
    await give('one', 'Ana B.', null);
    expect(await said()).toEqual(['Ana: no']);
    expect((await listAnswersTo(em(), userId, bookingId)).map(({ name }) => name)).toEqual(['Ana']);
    expect(await listAnswersTo(em(), await makeUser(em()), bookingId)).toEqual([]);
    expect(await countGuestsBySheet(em(), userId)).toEqual(new Map([[sheet, 2]]));
  });

  it('come from a limited number of guests, also at once; those who have answered may change theirs', async () => {
    const stored = await Promise.all(['1', '2', '3', '4'].map((secret) => give(secret, 'Guest', 'yes', 2)));
    expect(stored.toSorted()).toEqual(['full', 'full', 'stored', 'stored']);
    const [known] = await listAnswers(em(), sheet);
    expect(await give(known!.secretHash, 'Guest', 'no', 2)).toBe('stored');
  });

  it('of a guest are removed by the owner alone', async () => {
    await give('one', 'Ana', 'yes');
    const { guestId } = (await listAnswers(em(), sheet))[0]!;
    expect(await deleteGuest(em(), await makeUser(em()), { sheetId: sheet, guestId })).toBe(false);
    expect(await deleteGuest(em(), userId, { sheetId: await makeSheet(), guestId })).toBe(false);
    expect(await deleteGuest(em(), userId, { sheetId: sheet, guestId })).toBe(true);
    expect(await said()).toEqual([]);
  });

  it('go with their sheet, their rental and their account', async () => {
    const count = () => rows(em(), sql`select 1 from call_sheet_answers where booking_id = ${bookingId}`);
    await give('one', 'Ana', 'yes');
    await affected(em(), sql`delete from bookings where id = ${bookingId}`);
    expect(await count()).toEqual([]);
    expect(await sheets.listSheets(em(), userId)).toHaveLength(1);
    expect(await sheets.deleteSheet(em(), await makeUser(em()), sheet)).toBe(false);
    await deleteUser(em(), userId);
    expect(await sheets.listSheets(em(), userId)).toEqual([]);
  });
});

describe('retention', () => {
  it('deletes sheets whose link ended long ago, by time or by hand, and no others', async () => {
    const past = new Date('2020-01-01T00:00:00Z');
    const [expired, revoked, open] = [await makeSheet(), await makeSheet(), await makeSheet()];
    await sheets.updateSheet(em(), userId, expired, { expiresAt: past });
    await sheets.updateSheet(em(), userId, revoked, { revokedAt: past });
    expect(await deleteOldSheets(em(), new Date('2020-01-02T00:00:00Z'))).toBe(2);
    expect((await sheets.listSheets(em(), userId)).map(({ id }) => id)).toEqual([open]);
  });
});
