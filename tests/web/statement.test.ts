/** Statements of costs as files: what is printed, and that it adds up. */
import { extractText, getDocumentProxy } from 'unpdf';
import { describe, expect, it } from 'vitest';
import { costOf, sumCosts, type CostedRental } from '#domain/costs.ts';
import { costs as costsShape, type CostsView } from '#domain/shapes/costs.ts';
import { statementCsv } from '#lib/server/costs/statement-csv.ts';
import { statementPdf } from '#lib/server/costs/statement-pdf.ts';

const madeAt = new Date('2026-11-29T21:31:00Z');

type Given = Partial<CostedRental> & { name?: string; studio?: string; day?: string };

function statementOf(given: Given[], period = { from: '2026-01-01', to: '2026-12-31' }): CostsView {
  const rentals = given.map(({ name = 'R-490015', studio = 'Studio A', day = '2026-11-24', ...values }, index) => {
    const row = {
      startsAt: new Date(`${day}T19:00:00Z`),
      endsAt: new Date(`${day}T20:30:00Z`),
      status: 'Approved',
      priceCents: 1_905,
      removedAt: null,
      corrections: [],
      ...values,
    };
    const { startsAt, endsAt, status, removedAt } = row;
    const place = { studio, location: '280 Broadway (Lower Manhattan)', month: day.slice(0, 7) };
    const bookingId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const group = { groupId: null, groupName: null, payer: null };
    return {
      ...group,
      bookingId,
      recordId: `a0B${index}`,
      name,
      startsAt,
      endsAt,
      status,
      removedAt,
      ...place,
      ...costOf(row),
    };
  });
  const months = [...new Set(rentals.map(({ month }) => month))].map((month) => ({
    month,
    ...sumCosts(rentals.filter((one) => one.month === month)),
  }));
  const total = sumCosts(rentals);
  const whole = { groups: [], payers: [], group: null, payer: null, budget: null, years: null };
  return costsShape.parse({ ...period, ...whole, currency: 'USD', madeAt, rentals, months, total });
}

const head = { who: 'Zoë Łukasz, zoe@example.com', syncedAt: new Date('2026-11-29T20:00:00Z') };

async function pagesOf(costs: CostsView, who = head): Promise<string[]> {
  const bytes = await statementPdf(costs, who);
  return (await extractText(await getDocumentProxy(bytes), { mergePages: false })).text;
}

describe('a statement as PDF', () => {
  it('says whose it is, of which period and from when, in which currency, and from what it was made', async () => {
    const [page] = await pagesOf(statementOf([{}]));
    for (const words of [
      'Statement of studio rentals',
      'For: Zoë Łukasz, zoe@example.com',
      'Period: 2026-01-01 to 2026-12-31',
      'US dollars (USD)',
      'Made: Nov 29, 2026, 4:31 PM, New York',
      'as it was on Nov 29, 2026, 3:00 PM',
      'Page 1 of 1',
    ])
      expect(page).toContain(words);
  });

  it('has each rental with its record number, and what was corrected of its price', async () => {
    const corrections = [{ kind: 'price' as const, at: new Date('2026-11-03T20:00:00Z'), before: 6_000 }];
    const [page] = await pagesOf(statementOf([{ corrections }, { priceCents: null, name: 'R-2' }]));
    expect(page).toMatch(/R-490015\s+Nov 24, 2026\s+2:00 – 3:30 PM\s+Studio A, 280 Broadway\s+1\.50\s+19\.05/);
    expect(page).toContain('Record a0B0 · Approved · Was $60.00 until Nov 3, 2026');
    expect(page).toMatch(/R-2\s.*No price/s);
    expect(page).toContain('1 rental has no price at Gibney; no sum includes it.');
  });

  it('keeps what is pending and what is canceled out of the total, with the refund to expect', async () => {
    const offAt = new Date('2026-11-10T15:00:00Z');
    const corrections = [
      { kind: 'status' as const, at: offAt, before: 'Approved' },
      { kind: 'price' as const, at: offAt, before: 7_777 },
    ];
    const [page] = await pagesOf(
      statementOf([{}, { status: 'Requested', priceCents: 500 }, { status: 'Canceled', priceCents: 0, corrections }]),
    );
    expect(page).toMatch(/Confirmed, 1 rental\s+\$19\.05/);
    expect(page).toContain('Pending, 1 rental, not in the total above');
    expect(page).toContain('Refund to expect $77.77');
  });

  it('of 500 rentals adds up to the cent, month by month, with the heads and a number on every page', async () => {
    const many = Array.from({ length: 500 }, (_, index) => ({
      name: `R-${1000 + index}`,
      day: `2026-${String((index % 12) + 1).padStart(2, '0')}-${String((index % 28) + 1).padStart(2, '0')}`,
      priceCents: 1_901 + index,
    })).sort((one, other) => (one.day < other.day ? -1 : 1));
    const costs = statementOf(many);
    const pages = await pagesOf(costs);
    pages.forEach((page, index) => expect(page).toContain(`Page ${index + 1} of ${pages.length}`));
    for (const page of pages.slice(0, -1)) expect(page).toContain('New York time');
    const text = pages.join('\n');
    for (const { name } of many) expect(text.split(name)).toHaveLength(2);
    const printed = [...text.matchAll(/ [AP]M\s+Studio A, 280 Broadway\s+1\.50\s+(\d+)\.(\d\d)/g)];
    const sum = printed.reduce((all, [, dollars, rest]) => all + Number(dollars) * 100 + Number(rest), 0);
    expect(printed).toHaveLength(500);
    expect(sum).toBe(500 * 1_901 + (499 * 500) / 2);
    expect(text).toContain((sum / 100).toLocaleString('en-US', { minimumFractionDigits: 2 }));
  });

  it.each(['Репетиция', '練習室の予約', '한국무용', 'Nguyễn Thị Đào', 'Ζωή', 'ฝึกซ้อม'])('prints %s', async (name) => {
    const [page] = await pagesOf(statementOf([{ name }]), { ...head, who: name });
    expect(page!.replace(/\s/g, '')).toContain(`For:${name.replace(/\s/g, '')}`);
  });

  it('prints scripts from right to left, a name without an end, and what no font has', async () => {
    const long = 'Contemporary '.repeat(8) + 'x'.repeat(300);
    const pages = await pagesOf(statementOf([{ name: 'חזרה גדולה' }, { name: long }, { name: 'Plié 💃\u202e' }]));
    const text = pages.join('').replace(/\s/g, '');
    expect(text).toMatch(/[\u05d0-\u05ea]{9}/);
    expect(text.match(/x/g)!.length).toBeGreaterThanOrEqual(300);
    expect(text).toContain('Plié□');
  });

  it('of nothing says so', async () => {
    const [page] = await pagesOf(statementOf([]), { who: 'a@example.com', syncedAt: null as never });
    expect(page).toContain('No rentals in this period.');
    expect(page).toContain('of which nothing has been read yet');
  });
});

describe('one statement as CSV and as PDF', () => {
  const offAt = new Date('2026-11-10T15:00:00Z');
  const costs = statementOf([
    { priceCents: 10_001 },
    { priceCents: 6_002, removedAt: new Date('2029-01-01T00:00:00Z'), name: 'trimmed' },
    { priceCents: 500, status: 'Requested' },
    { priceCents: 2_503, status: 'Canceled', corrections: [{ kind: 'status', at: offAt, before: 'Approved' }] },
    { priceCents: 7_000, removedAt: offAt },
    { priceCents: null },
    { priceCents: 404, status: 'Refunded', name: 'odd' },
  ]);

  it('have the same sums, also of what has left the list and of what is still charged', async () => {
    const [head, ...lines] = statementCsv(costs)
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    const sumOf = (name: string) =>
      lines.reduce((sum, line) => sum + Math.round(Number(line[head!.indexOf(name)]) * 100), 0);
    const text = (await pagesOf(costs)).join('\n');
    const printed = (words: string) => {
      const [, dollars, cents] = new RegExp(`${words}\\s+\\$([\\d,]+)\\.(\\d\\d)`).exec(text)!;
      return Number(dollars!.replaceAll(',', '')) * 100 + Number(cents);
    };
    expect(sumOf('Confirmed (USD)')).toBe(16_407);
    expect(printed('Confirmed, 4 rentals')).toBe(sumOf('Confirmed (USD)'));
    expect(printed('Still charged for canceled rentals')).toBe(sumOf('Still charged (USD)'));
    expect(printed('To pay in all')).toBe(sumOf('To pay (USD)'));
    expect(sumOf('To pay (USD)')).toBe(16_407 + 2_503);
    expect(printed('Pending, 1 rental, not in the total above')).toBe(sumOf('Pending (USD)'));
    expect(printed('Refunds to expect, where they were paid')).toBe(sumOf('Refund to expect (USD)'));
  });

  it('say why a rental counts as it does', async () => {
    const text = (await pagesOf(costs)).join('\n').replace(/\s+/g, ' ');
    expect(text).toContain('Record a0B1 · Approved · No longer listed at Gibney');
    expect(text).toContain('Unknown status “Refunded”, counted as confirmed');
    expect(text).toContain('Record a0B3 · Canceled · Still charged $25.03');
    expect(statementCsv(costs)).toContain(',60.02,,,60.02,No longer listed at Gibney\r\n');
  });
});

describe('a statement as CSV', () => {
  it('has one line a rental and none with sums, and an unknown price stays empty', () => {
    const lines = statementCsv(statementOf([{}, { priceCents: null }]))
      .trimEnd()
      .split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(
      'R-490015,2026-11-24,14:00,15:30,1.50,Studio A,280 Broadway (Lower Manhattan),Confirmed,Approved,19.05,,,2026-11-24T19:00:00.000Z,2026-11-24T20:30:00.000Z,a0B0,,,19.05,,,19.05,',
    );
    expect(lines[2]).toContain(',Confirmed,Approved,,,,');
  });

  it('keeps a spreadsheet from running a name', () => {
    expect(statementCsv(statementOf([{ name: '=1+1', studio: '@x' }]))).toMatch(/\r\n'=1\+1,.*,'@x,/);
  });
});
