/** Real rows at their widest in the 80 columns of a terminal, and names that would steer it. */
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addBookingCommands, bookingColumns } from '#cli/commands/bookings.ts';
import { costColumns } from '#cli/commands/costs.ts';
import { changeColumns, historyColumns } from '#cli/commands/records.ts';
import { scheduleColumns } from '#cli/commands/schedule.ts';
import { table } from '#cli/output/table.ts';
import type { Column } from '#cli/output/table.ts';
import { columnsOf, jsonText } from '#cli/output/text.ts';
import { scheduleReasons } from '#domain/sync-states.ts';
import { json, standIn } from '../client/stand-in.ts';
import { newPlace } from './environment.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const terminal = { width: 80, colors: false, unicode: true };
const lateLastYear = '2025-11-25T04:12:00Z'; // Nov 24, 11:12 PM in New York
const booking = {
  ...{ starts_at: '2025-11-24T16:00:00Z', ends_at: '2025-11-24T18:30:00Z', price_cents: 1_234_500 },
  ...{ studio: 'Studio A, the large one', status: 'Pending payment', name: 'R-0490015, company rehearsal' },
  ...{ location: '280 Broadway (Lower Manhattan)', removed_at: null, id: 'b', record_url: 'https://example.com/r' },
};
const job = {
  ...{ id: '6d1c0f4e-0000-4000-8000-000000000001', status: 'completed', partial: true, dry_run: false },
  ...{ created_at: lateLastYear, started_at: lateLastYear, completed_at: '2025-11-25T05:11:58Z' },
  ...{ triggered_manually: false, bookings_synced: 5_137, added: 12, changed: 10, removed: 11, unconfirmed: 30 },
};
const sum = { rentals: 1_234, minutes: 74_070, cents: 12_345_600, unpriced: 0, refund_cents: 0 };
const costs = { label: 'The winter company of the whole house, with guests', confirmed: sum, pending: sum };
const change = { at: lateLastYear, kind: 'renamed', name: booking.name, before: { name: booking.name }, after: {} };

const widest: [string, object[], unknown][] = [
  ['history', [job, { ...job, status: 'failed', partial: false, error_code: 'verification_required' }], historyColumns],
  ['bookings', [booking, { ...booking, removed_at: '2025-11-23T16:00:00Z' }], bookingColumns],
  // The hour that comes twice when the clocks are set back.
  ['bookings', [{ ...booking, starts_at: '2025-11-02T05:45:00Z', ends_at: '2025-11-02T06:15:00Z' }], bookingColumns],
  ['costs', [costs], () => costColumns('GROUP')],
  ['changes', [change], changeColumns],
  ['schedule', scheduleReasons.map((reason) => ({ at: '2027-11-25T04:12:00Z', reason })), scheduleColumns],
];

describe('80 columns hold', () => {
  it.each(widest)('%s', (_, rows, columns) => {
    const of = columns as (now: number, isNarrow: boolean) => Column<never>[];
    const lines = table(rows as never[], of(now, true), terminal).split('\n');
    expect(lines).toHaveLength(rows.length + 1);
    for (const line of lines) expect(columnsOf(line), line).toBeLessThanOrEqual(80);
  });
});

describe('a text in columns', () => {
  it.each([
    ['練習', 4],
    ['\u{20000}', 2],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['🇺🇸', 2],
    ['e\u0301', 1],
    ['a\u200bb', 2],
  ])('%j takes %i', (text, columns) => expect(columnsOf(text)).toBe(columns));
});

const evil = 'a\u001b]0;title\u0007b\u009b2Jc\u202ed\u007f';
// eslint-disable-next-line no-control-regex -- that is what is looked for
const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe('names that would steer the terminal', () => {
  it.each([[['bookings']], [['bookings', '--json']], [['next']], [['next', '--json']]])('%j', async (args) => {
    const rows = [{ ...booking, name: evil, studio: evil, status: evil, location: evil, record_url: evil }];
    const answer = json({ bookings: rows, total: 1, next_cursor: null });
    const [list, upcoming] = ['GET /api/v1/user/bookings', 'GET /api/v1/user/bookings/upcoming'];
    await using server = await standIn({ [list]: [answer], [upcoming]: [answer] });
    const { environment, said } = newPlace({ url: server.url, key: 'gsk_x', isTerminal: false, colors: false });
    const program = new Command().exitOverride();
    addBookingCommands(program, { environment, signal: new AbortController().signal });
    await program.parseAsync(args, { from: 'user' });
    expect(said.join('')).not.toMatch(steering);
    if (args.includes('--json')) expect(JSON.parse(said.join(''))).toMatchObject({ bookings: [{ name: evil }] });
  });

  it('are the same JSON', () => expect(JSON.parse(jsonText({ evil }))).toEqual({ evil }));
});
