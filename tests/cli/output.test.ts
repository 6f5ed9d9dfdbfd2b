/** What the command line draws: tables, progress, times, and the code that it ends with. */
import { describe, expect, it } from 'vitest';
import { exitCodeOfError, exitCodeOfFailure, exitCodes } from '#cli/exit-codes.ts';
import { progressLine, showProgress } from '#cli/output/progress.ts';
import { table } from '#cli/output/table.ts';
import type { Column } from '#cli/output/table.ts';
import { columnsOf, cut, plain } from '#cli/output/text.ts';
import { historyColumns } from '#cli/commands/records.ts';
import { statusLines } from '#cli/output/words.ts';
import { dayText, hoursText, momentAhead, momentOf } from '#cli/output/times.ts';
import { GibneySyncError } from '#client/errors.ts';
import { failureKindNames, failureKinds } from '#domain/failure-kinds.ts';
import { newPlace } from './environment.ts';

interface Row {
  name: string;
  price: string;
}

const columns: Column<Row>[] = [
  { header: 'NAME', text: ({ name }) => name, least: 6, tone: () => 'good' },
  { header: 'PRICE', text: ({ price }) => price, align: 'right' },
];
const rows = [
  { name: 'Rehearsal of the whole company', price: '$19.00' },
  { name: '練習', price: '$1,900.00' },
];
const bare = { width: Infinity, colors: false, unicode: true };

describe('a table', () => {
  it('is as wide as its texts where nobody looks, with numbers at the right', () => {
    expect(table(rows, columns, bare).split('\n')).toEqual([
      'NAME                                PRICE',
      'Rehearsal of the whole company     $19.00',
      '練習                            $1,900.00',
    ]);
  });

  it('is cut to the terminal where a column may be', () => {
    const lines = table(rows, columns, { ...bare, width: 24 }).split('\n');
    expect(lines[1]).toBe('Rehearsal of…     $19.00');
    expect(Math.max(...lines.map(columnsOf))).toBe(24);
  });

  it('is cut no further than it may be', () => {
    expect(table(rows, columns, { ...bare, width: 3 }).split('\n')[1]).toBe('Rehea…     $19.00');
  });

  it('has colors only where they are wanted, and they take no room', () => {
    const escape = String.fromCharCode(27);
    expect(table(rows, columns, bare)).not.toContain(escape);
    const colored = table(rows, columns, { ...bare, colors: true });
    expect(colored).toContain(`${escape}[32m`);
    expect(colored.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '')).toBe(table(rows, columns, bare));
  });

  it('lets no rental steer the terminal or begin a line', () => {
    const name = `a${String.fromCharCode(27)}]0;title${String.fromCharCode(7)}b\nc\u202ed`;
    expect(table([{ name, price: '' }], columns, bare).split('\n')[1]).toBe('ab cd');
  });
});

describe('a text', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcdef', 4, 'abc…'],
    ['練習練習', 5, '練習…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ])('%s in %i columns is %s', (given, width, expected) => {
    expect(cut(given, width)).toBe(expected);
  });

  it('is on one line', () => expect(plain('a\r\n\tb\u2028c')).toBe('a b c'));
});

describe('progress', () => {
  const job = { progress: 'Reading rentals... (100 so far)', done: 100, total: 200 } as never;

  it('says the phase, how far it is, and for how long it has been going', () => {
    expect(progressLine(job, 12_400, 0, { unicode: true })).toBe(
      '⠋ Reading rentals... (100 so far)  ██████████░░░░░░░░░░ 100/200  12 s',
    );
  });

  it('does without what the terminal cannot show', () => {
    expect(progressLine(job, 900, 1, { unicode: false })).toBe(
      '/ Reading rentals... (100 so far)  ##########.......... 100/200  0.9 s',
    );
  });
});

describe('progress of a list whose length is not known', () => {
  const reading = { phase: 'reading', progress: 'Reading rentals... (100 so far)', done: 100, total: null };
  const line = (expected: object | null) => progressLine({ ...reading, expected } as never, 900, 1, { unicode: false });

  it('is measured by the last one, and says so', () => {
    expect(line({ total: 200, ms: 9_000 })).toBe(
      '/ Reading rentals... (100 so far)  ##########.......... 100/~200  0.9 s',
    );
  });

  it('never looks whole before it is', () => {
    expect(line({ total: 90, ms: 9_000 })).toContain('  ###################. 100/~90  ');
  });

  it.each([null, { total: 0, ms: 1 }])('has no bar where nothing is expected: %j', (expected) => {
    expect(line(expected)).toBe('/ Reading rentals... (100 so far)  0.9 s');
  });
});

describe('a retry', () => {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  const retry = { reason: 'portal_unavailable', http_status: 503, missing: null, attempt: 2, of: 4 };
  const running = (over: object | null) =>
    ({ job: { id: 'j', status: 'running', phase: 'connecting', progress: 'Connecting...', retry: over } }) as never;

  it.each([true, false])('is said once, above the line that moves or without one: %s', (isLive) => {
    const { environment, said } = newPlace({ isLive, unicode: true });
    const progress = showProgress(environment);
    const next = at(40_500);
    progress.show(running(null));
    for (const next_try_at of [next, next, null]) progress.show(running({ ...retry, next_try_at }));
    progress.show(running({ ...retry, attempt: 3, next_try_at: null }));
    progress.end();
    const lines = said.filter((text) => text.includes('Gibney answered'));
    expect(lines).toEqual([
      expect.stringMatching(
        /^Gibney answered 503 \(maintenance\)\. Next try at \d+:\d\d:\d\d [AP]M, 2 of 4 \(in \d\d s\)\.\n$/,
      ),
      'Gibney answered 503 (maintenance). Trying again, 3 of 4.\n',
    ]);
  });
});

describe('a dry run', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  const job = { id: 'j', status: 'completed', partial: false, dry_run: true, triggered_manually: true };
  const counts = { bookings_synced: 137, added: 0, changed: 2, removed: 0 };

  it('looks like none that stored something, in the history', () => {
    const row = { ...job, ...counts, created_at: '2026-11-24T11:00:00Z', started_at: null, completed_at: null };
    expect(table([row as never], historyColumns(now, true), bare)).toContain('Dry run: 2 changed; nothing was stored');
    expect(table([{ ...row, dry_run: false } as never], historyColumns(now, true), bare)).toMatch(/ {2}137 rentals, 2/);
  });

  it('is named in the status', () => {
    const status = { job, state: 'sleeping', paused_reason: null, last_sync_at: '2026-11-24T11:00:00Z', live: true };
    expect(statusLines(status as never, now)).toContain('The last run was a dry run; nothing was stored.');
    const real = { ...status, job: { ...job, dry_run: false } };
    expect(statusLines(real as never, now).join()).not.toContain('dry run');
  });
});

describe('times', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');

  it('are those of New York, with the year where it is another one', () => {
    expect(dayText('2026-11-25T02:00:00Z', now)).toBe('Tue Nov 24');
    expect(dayText('2027-01-01T04:59:00Z', now)).toBe('Thu Dec 31');
    expect(dayText('2027-01-01T05:00:00Z', now)).toBe('Jan 1, 2027');
    expect(hoursText('2026-11-24T23:00:00Z', '2026-11-25T01:00:00Z')).toBe('6:00 – 8:00 PM');
  });

  it.each([
    ['2026-11-24', 'from', '2026-11-24T05:00:00Z'],
    ['2026-11-24', 'to', '2026-11-25T04:59:59.999Z'],
    ['2026-03-08', 'to', '2026-03-09T03:59:59.999Z'],
    ['2026-11-24T18:00:00-05:00', 'from', '2026-11-24T23:00:00Z'],
  ] as const)('%s as %s is %s', (given, bound, expected) => {
    expect(momentOf(given, bound)).toBe(expected);
  });

  it.each(['tomorrow', '2026-13-01', '2026-11-24T18:00'])('%s is refused with an example', (given) => {
    expect(() => momentOf(given, 'from')).toThrow(/--from 2026-11-24/);
  });
});

describe('a time that is to come', () => {
  it.each([
    ['90m', '2026-11-24T13:30:00.000Z'],
    ['2d', '2026-11-26T12:00:00.000Z'],
    ['2026-11-25', '2026-11-25T05:00:00Z'],
    ['2026-11-25T18:00', '2026-11-25T23:00:00Z'],
    ['2026-11-25T18:00+01:00', '2026-11-25T17:00:00Z'],
    ['2026-11-25T18:00+01', '2026-11-25T17:00:00Z'],
    ['2026-11-25 18:00+0100', '2026-11-25T17:00:00Z'],
    ['2026-11-25T18:00[Europe/Paris]', '2026-11-25T17:00:00Z'],
    ['2026-11-25T18:00+01:00[Europe/Paris]', '2026-11-25T17:00:00Z'],
  ])('%s is %s', (given, expected) => {
    expect(momentAhead(given, Date.parse('2026-11-24T12:00:00Z'))).toBe(expected);
  });

  it.each([
    ...['tomorrow', '2026-13-01', '3w', ''],
    ...['2026-11-25T18:00 CET', '2026-11-25T18:00[Mars/Olympus]', '2026-11-25T18:00+05:00[Europe/Paris]'],
  ])('%j is refused with examples', (given) => {
    expect(() => momentAhead(given, 0)).toThrow(/Give 90m, 3h/);
  });
});

describe('exit codes', () => {
  it('are one for each kind of failure, and none of them means anything else', () => {
    const ofFailures = failureKindNames.map((kind) => failureKinds[kind].exitCode);
    const everyone = [...ofFailures, ...Object.values(exitCodes)];
    expect(new Set(everyone).size).toBe(everyone.length);
    expect(Math.max(...ofFailures)).toBeLessThan(126); // the shell's own
  });

  it.each([
    [new GibneySyncError('refused', '', { code: 'account_locked' }), 21],
    [new GibneySyncError('refused', '', { code: 'no_credentials' }), 10],
    [new GibneySyncError('refused', '', { code: 'paused' }), 11],
    [new GibneySyncError('refused', '', { code: 'other_sync_waits' }), 5],
    [new GibneySyncError('refused', '', { code: 'not_under_way' }), 6],
    [new GibneySyncError('refused', '', { code: 'of_the_future' }), 1],
    [new GibneySyncError('signed_out', ''), 3],
    [new GibneySyncError('rate_limited', ''), 5],
  ])('%# of an error', (error, expected) => expect(exitCodeOfError(error)).toBe(expected));

  it('of a failure that is newer than the program is the unexpected one', () => {
    expect(exitCodeOfFailure('of_the_future')).toBe(1);
    expect(exitCodeOfFailure(null)).toBe(1);
  });
});
