/** Lists as viewers of other locales and zones see them, in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { page, row, serve, status, table, textOf, type HandMadePortal } from './hand-made-portal.ts';
import { useReading } from './reading.ts';

const reading = useReading();
let portal: HandMadePortal;
beforeAll(async () => void (portal = await serve({})));
afterAll(() => portal.close());

interface Cells {
  start?: string;
  end?: string;
  price?: string;
  status?: string;
}

const labelOf = { start: 'Rental Start Date/Time', end: 'Rental End Date/Time', price: 'Price', status: 'Status' };

function list(rows: Cells[]): string {
  const drawn = rows.map((cells, index) =>
    Object.entries(cells).reduce((html, [column, text]) => {
      const label = labelOf[column as keyof Cells];
      return html.replace(`<span>${textOf(label, index)}</span>`, `<span>${text}</span>`);
    }, row(index)),
  );
  return status(rows.length === 1 ? '1 item' : `${rows.length} items`) + table(drawn.join(''));
}

/** Starts of which each rental lasts an hour, in the same texts. */
const starting = (...starts: string[]): Cells[] =>
  starts.map((start) => ({ start, end: start.replace(/\b0?7([:.h])/, '8$1').replace('19', '20') }));

type Viewer = Record<string, string> | null;

async function read(rows: Cells[], viewer: Viewer, script = ''): Promise<StagedRental[]> {
  portal.pages['/s/booking-item'] = page(list(rows), script, viewer);
  const { end, rentals } = await reading.read(portal.url, { hasSession: true });
  expect(end).toEqual({ kind: 'complete' });
  return rentals;
}

async function misread(rows: Cells[], viewer: Viewer) {
  portal.pages['/s/booking-item'] = page(list(rows), '', viewer);
  return reading.misread(portal.url, { hasSession: true });
}

const startsOf = (rentals: StagedRental[]) =>
  rentals.map(({ startsAt }) => startsAt?.toISOString().slice(0, 16) ?? null);

describe('dates', () => {
  const australian = { userLocale: 'en_AU', shortDatetimeFormat: 'd/MM/yyyy h:mm a' };
  const june = ['2025-06-13T23:00', '2025-06-09T23:00'];
  it.each<[string, Cells[], Viewer]>([
    ['by the format that the page tells', starting('13/06/2025 7:00 pm', '9/06/2025 7:00 pm'), australian],
    ['by the only one that fits them all', starting('13/06/2025 7:00 pm', '9/06/2025 7:00 pm'), null],
    ['of a clock of 24 hours', starting('6/13/2025 19:00', '6/9/2025 19:00'), {}],
    ['in German', starting('13.06.2025 19:00', '09.06.2025 19:00'), { shortDatetimeFormat: 'dd.MM.yyyy HH:mm' }],
    [
      'of Korea',
      starting('2025. 6. 13 오후 7:00', '2025. 6. 9 오후 7:00'),
      { shortDatetimeFormat: 'yyyy. M. d a h:mm' },
    ],
    ['with the year first', starting('2025-06-13 19:00', '2025-06-09 19:00'), null],
  ])('are read %s', async (_, rows, viewer) => {
    expect(startsOf(await read(rows, viewer))).toEqual(june);
  });

  it('that may be two are refused, in words that say what to do', async () => {
    const { kind, message } = await misread(starting('9/06/2025 7:00 pm'), null);
    expect(kind).toBe('portal_changed');
    expect(message).toMatch(/month or with the day.*choose the locale/);
  });

  it('none of which can be read fail the sync', async () => {
    const { kind, message } = await misread(starting('soon', 'later'), {});
    expect([kind, message]).toEqual([
      'portal_changed',
      'no rental of the list can be read: the start time cannot be read',
    ]);
  });

  it('leave the others alone where some cannot be read', async () => {
    const rentals = await read(starting('6/13/2025 7:00 PM', 'To be announced', '6/9/2025 7:00 PM'), {});
    expect(startsOf(rentals)).toEqual([june[0], null, june[1]]);
    expect(rentals[1]).toMatchObject({ status: 'Approved', unreadable: ['starts_at', 'ends_at'] });
  });

  it.each<[string, Viewer, string]>([
    ['of Los Angeles where the page tells that', { timezone: 'America/Los_Angeles' }, '2025-06-10T02:00'],
    ['of New York where it tells none', null, '2025-06-13T23:00'],
  ])('are in the zone %s', async (_, viewer, start) => {
    const text = viewer ? '6/9/2025 7:00 PM' : '6/13/2025 7:00 PM';
    expect(startsOf(await read(starting(text), viewer))).toEqual([start]);
  });

  it('of a zone that does not exist are refused', async () => {
    expect(await misread(starting('6/9/2025 7:00 PM'), { timezone: 'Mars/Olympus' })).toMatchObject({
      kind: 'portal_changed',
      message: 'the page tells a time zone that does not exist',
    });
  });
});

describe('what the page tells', () => {
  const zone = "{ timezone: 'America/Los_Angeles', shortDatetimeFormat: 'd/M/yyyy H:mm' }";
  it.each([
    ['its framework', `window.$A = { get: (name) => (${zone})[name.replace('$Locale.', '')] };`],
    ['its bootstrap, where the framework is not ready', `window.$A = { get() { throw 1; } };`],
    [
      'a framework that comes after the list',
      `setTimeout(() => { window.$A = { get: (name) => (${zone})[name.slice(8)] }; }, 30);`,
    ],
  ])('is heard from %s', async (_, script) => {
    const bootstrap = `if (!window.$A?.get) 0; else try { window.$A.get('$Locale.x') } catch { window.Aura = { appBootstrap: { data: [{ globalValueProviders: [{ type: '$Locale', values: ${zone} }] }] } } }`;
    // Its rows come when the framework is there, as on the real page.
    const late = script.startsWith('setTimeout')
      ? `const rows = $('tbody').innerHTML; $('tbody').innerHTML = ''; setTimeout(() => { $('tbody').innerHTML = rows; }, 60);`
      : '';
    expect(startsOf(await read(starting('9/6/2025 19:00'), null, script + bootstrap + late))).toEqual([
      '2025-06-10T02:00',
    ]);
  });

  const busyFor = (ms: number) =>
    `const until = Date.now() + ${ms}; window.$A = { get: (name) => { while (Date.now() < until); return (${zone})[name.slice(8)]; } };`;

  it('is asked for once more where it did not come in time', async () => {
    expect(startsOf(await read(starting('9/6/2025 19:00'), null, busyFor(1_200)))).toEqual(['2025-06-10T02:00']);
  });

  it('may be any zone where it never comes: the portal is not available', async () => {
    portal.pages['/s/booking-item'] = page(list(starting('6/13/2025 7:00 PM')), busyFor(600_000), null);
    expect(await reading.misread(portal.url, { hasSession: true })).toMatchObject({
      kind: 'portal_unavailable',
      message: 'the page did not answer in time how it writes its times',
    });
  });

  it('is nothing where it is of no sense', async () => {
    const odd = `window.$A = { get: () => ({ toString() { throw 1; } }) };
      window.Aura = { appBootstrap: { type: '$Locale', values: { timezone: 'x'.repeat(9e6), decimal: 7 } } };
      window.Aura.appBootstrap.itself = window.Aura.appBootstrap;`;
    expect(startsOf(await read(starting('6/13/2025 7:00 PM'), null, odd))).toEqual(['2025-06-13T23:00']);
  });
});

it('a price is read as it is drawn, by itself', async () => {
  const viewer = { decimal: ',', grouping: '.', currency: '€', currencyFormat: '#,##0.00 ¤' };
  const texts = ['1.234,50 €', '−17,00 €', '(17,00 €)', '', 'Free', 'TBD', '17 or 19'];
  const rentals = await read(
    texts.map((price) => ({ price, status: 'Canceled' })),
    viewer,
  );
  expect(rentals.map(({ priceCents }) => priceCents)).toEqual([123_450, -1_700, -1_700, null, null, null, null]);
  expect(rentals.map(({ unreadable }) => unreadable)).toEqual([[], [], [], [], [], [], ['price_cents']]);
  expect(rentals.every(({ status }) => status === 'Canceled')).toBe(true);
});
