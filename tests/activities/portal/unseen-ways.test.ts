import { afterEach, describe, expect, it } from 'vitest';
import { shortPortalTimeouts } from './harness.ts';
import type { Misread } from './reading.ts';
import {
  noRows,
  page,
  recordId,
  rowsFrom,
  serve,
  status,
  table,
  type Answer,
  type HandMadePortal,
} from './hand-made-portal.ts';
import { useReading } from './reading.ts';

const reading = useReading();
let portal: HandMadePortal | undefined;
afterEach(() => portal?.close());

/** Reads what the portal shows to somebody with a session. */
async function read(list: Answer, more: Record<string, Answer> = {}) {
  portal = await serve({ '/s/booking-item': list, ...more });
  return reading.read(portal.url, { hasSession: true });
}

async function misread(list: Answer, more: Record<string, Answer> = {}): Promise<Misread> {
  portal = await serve({ '/s/booking-item': list, ...more });
  return reading.misread(portal.url, { hasSession: true });
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => recordId(index));

describe('ways to the list', () => {
  const list = page(status('2 items') + table(rowsFrom(0, 2)));

  it('lead over the link where the usual address is not found', async () => {
    const missing = {
      status: 404,
      body: page('<a href="/s/booking-item/Booking_Item__c/00B">  My\n Rentals </a><h1>Invalid Page</h1>'),
    };
    const { rentals } = await read(missing, { '/s/booking-item/Booking_Item__c/00B': list });
    expect(rentals).toHaveLength(2);
  });

  it('lead over a link that only the page itself can follow', async () => {
    const inner = JSON.stringify(status('2 items') + table(rowsFrom(0, 2)));
    const home = page(
      '<a href="javascript:void(0)">My Rentals</a><main><h1>Invalid Page</h1></main>',
      `$('nav + a').addEventListener('click', () => { $('main').innerHTML = ${inner}; });`,
    );
    const { rentals } = await read(home);
    expect(rentals).toHaveLength(2);
  });

  const listView = '/s/booking-item/Booking_Item__c/00B';
  const others = table(rowsFrom(50, 51), { name: 'aria-label="Recently Viewed"' });
  const detours: [string, Answer][] = [
    ['leads home', { status: 302, headers: { location: '/s/' } }],
    ['goes home by itself', page('', `setTimeout(() => location.replace('/s/'), 50)`)],
    ['shows another list', page(`<a href="${listView}">My Rentals</a>${status('1 item')}${others}`)],
    ['shows that another list is empty', page(`<a href="${listView}">My Rentals</a>${status('0 items')}`)],
    [
      'shows nothing, with a link for the ear too',
      page(
        `<a role="menuitem" href="${listView}"><i class="assistiveText">Go to</i> My Rentals</a><p>Invalid Page</p>`,
      ),
    ],
    [
      'shows nothing, with a link that is out of sight and has no address',
      page(`<p hidden><a onclick="location.href='${listView}'">My Rentals</a></p><h1>Invalid Page</h1>`),
    ],
  ];
  it.each(detours)('lead over the link at once where the usual address %s', async (_, usual) => {
    const home = page(`<a href="${listView}">My Rentals</a>`);
    portal = await serve({ '/s/booking-item': usual, '/s/': home, [listView]: list });
    // Who waited for the list on this page would not come back before the test is given up.
    const timeouts = { ...shortPortalTimeouts, linkMs: 600_000, contentMs: 600_000 };
    const { end, rentals } = await reading.read(portal.url, { hasSession: true, timeouts });
    expect(end.kind).toBe('complete');
    expect(rentals.map((rental) => rental.recordId)).toEqual(ids(2));
  });

  it('end at an empty list only where its data is not on its way', async () => {
    const fill = `$('tbody').innerHTML = rowsFrom(0, 2); $('.countSortedByFilteredBy').textContent = '2 items'`;
    const slow: Answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2 * shortPortalTimeouts.settleMs));
      return '{}';
    };
    const { rentals } = await read(
      page(status('0 items') + table(''), `fetch('/s/sfsites/aura').then(() => { ${fill} })`),
      { '/s/sfsites/aura': slow },
    );
    expect(rentals).toHaveLength(2);
  });

  it('end as out of order where the page breaks off', async () => {
    const broken: Answer = { headers: { 'content-length': '5000' }, body: '<!doctype html><p>Gib', breaksOff: true };
    expect((await misread(broken)).kind).toBe('portal_unavailable');
  });

  it('end where the link leads to no list either', async () => {
    const invalid = page('<a href="/s/x">My Rentals</a><h1>Invalid Page</h1>');
    expect((await misread(invalid, { '/s/x': invalid })).kind).toBe('portal_changed');
  });

  /** Who waited for the list on such a page would not come back before the test is given up. */
  const patient = { ...shortPortalTimeouts, linkMs: 600_000, contentMs: 600_000 };
  it.each([
    'Service Not Available',
    'Site Under Construction',
    'Bandwidth Limit Exceeded',
    'Gibney is down for maintenance',
    'Scheduled Maintenance',
    'Inactive Site',
    'The service is temporarily unavailable. Try again later.',
    'We’ll be back shortly',
    'Sorry, this site is currently offline.',
    'Too many requests',
    '503 Service Unavailable',
  ])('end at once at a page that says %j', async (text) => {
    portal = await serve({
      '/s/booking-item': `<title>Gibney</title><h1>${text}</h1><p>Sorry for the inconvenience.</p>`,
    });
    expect(await reading.misread(portal.url, { hasSession: true, timeouts: patient })).toMatchObject({
      kind: 'portal_unavailable',
    });
  });

  const mask = (style: string) =>
    `<div id="auraErrorMask" style="${style}"><div>Sorry to interrupt</div><a>Refresh</a></div>`;
  it.each([
    ['before the list', page(mask('display:block'))],
    [
      'over a part of the list',
      page(
        mask('display:none') + status('50+ items') + table(rowsFrom(0, 50)),
        `setTimeout(() => { $('#auraErrorMask').style.display = 'block'; }, 300)`,
      ),
    ],
  ])('end at once where the framework failed, %s', async (_, failed) => {
    portal = await serve({ '/s/booking-item': failed });
    const end = await reading.misread(portal.url, { hasSession: true, timeouts: { ...patient, quietMs: 600_000 } });
    expect(end.kind).toBe('portal_unavailable');
  });

  it('go on where the style that hides the mask of a failure is late', async () => {
    const style: Answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 4 * shortPortalTimeouts.settleMs));
      return { headers: { 'content-type': 'text/css' }, body: '#auraErrorMask { display: none }' };
    };
    const inner = JSON.stringify(status('2 items') + table(rowsFrom(0, 2)));
    const late = page(`${mask('')}<main></main>`, `$('main').innerHTML = ${inner}`).replace(
      '</head>',
      '<link rel="stylesheet" href="/s/site.css"></head>',
    );
    const { rentals } = await read(late, { '/s/site.css': style });
    expect(rentals).toHaveLength(2);
  });

  it('go on where a page only speaks of an outage to come', async () => {
    const banner = '<p>Scheduled maintenance on Sunday: the site will be unavailable.</p>';
    const late = `fetch('/s/sfsites/aura').then(() => { $('main').innerHTML = ${JSON.stringify(status('2 items') + table(rowsFrom(0, 2)))}; })`;
    const slow: Answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 4 * shortPortalTimeouts.settleMs));
      return '{}';
    };
    const { rentals } = await read(page(`${banner}<main></main>`, late), { '/s/sfsites/aura': slow });
    expect(rentals).toHaveLength(2);
  });

  it('end at a door that stays shut', async () => {
    expect((await misread({ status: 403, body: 'Forbidden' })).kind).toBe('portal_unavailable');
  });

  const form = '<input placeholder="Username"><input type="password"><button class="loginButton">Log in</button>';
  const session = { name: 'sid', value: 'bad' };
  const device = { name: 'sfdc_lv2', value: 'known', expires: 4_000_000_000 };
  const entry = page(
    form,
    `$('button').addEventListener('click', async () => { await fetch('/s/sfsites/aura', { method: 'POST', body: $('[type=password]').value }); location.href = '/s/'; })`,
  );

  /** A portal that answers so to these cookies. */
  function refusing(cookies: string, answer: Answer): Record<string, Answer> {
    const unless =
      (good: string): Answer =>
      (request, body) => {
        if (!(request.headers.cookie ?? '').includes(cookies)) return good;
        return typeof answer === 'function' ? answer(request, body) : answer;
      };
    const good = { headers: { 'set-cookie': 'sid=good; Path=/' }, body: '{}' };
    const home = page('<a href="/s/list">My Rentals</a>');
    return { '/s/sfsites/aura': good, '/s/': home, '/s/booking-item': unless(list), '/s/login': unless(entry) };
  }

  it.each<[string, Answer]>([
    ['too large', { status: 431, body: 'Request Header Fields Too Large' }],
    ['a bad request, in no words', { status: 400 }],
    ['forbidden', { status: 403, body: 'Forbidden' }],
    ['forbidden, in no words', { status: 403 }],
    ['in circles', (request) => ({ status: 302, headers: { location: request.url! } })],
    ['a page of nothing', page('<h1>Invalid Page</h1>')],
  ])('begin again at the sign-in where the portal calls the session %s', async (_, answer) => {
    portal = await serve(refusing('sid=bad', answer));
    const { rentals, signedIn, cookies } = await reading.read(portal.url, {
      hasSession: true,
      cookies: [session, device],
    });
    expect([rentals.length, signedIn]).toEqual([2, true]);
    expect(cookies.map(({ name, value }) => `${name}=${value}`).sort()).toEqual(['sfdc_lv2=known', 'sid=good']);
  });

  it('begin as a stranger where the portal refuses every cookie that it gave', async () => {
    portal = await serve(refusing('sfdc_lv2', { status: 431, body: 'Request Header Fields Too Large' }));
    const { rentals } = await reading.read(portal.url, { hasSession: true, cookies: [session, device] });
    expect(rentals).toHaveLength(2);
    expect(portal.asked.filter((path) => path === '/s/login')).toHaveLength(2);
  });

  it.each(['later', ''])('keep the session where the portal is only away, and says %j', async (body) => {
    portal = await serve(refusing('sid=bad', { status: 503, body }));
    const { kind } = await reading.misread(portal.url, { hasSession: true, cookies: [session] });
    expect([kind, portal.asked]).toEqual(['portal_unavailable', ['/s/booking-item']]);
  });

  it('do not stop at what is always on the page', async () => {
    const { end } = await read(page(`${noRows}${status('0 items')}${table('')}`));
    expect(end.kind).toBe('complete');
  });
});
