import { afterEach, describe, expect, it } from 'vitest';
import type { Misread } from './reading.ts';
import {
  labels,
  page,
  recordId,
  row,
  rowsFrom,
  serve,
  status,
  table,
  type Answer,
  type HandMadePortal,
} from './hand-made-portal.ts';
import { shortPortalTimeouts } from './harness.ts';
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

describe('a table that is built in another way', () => {
  it('is read when everything is in the first HTML', async () => {
    const { end, rentals } = await read(page(status('3 items') + table(rowsFrom(0, 3))));
    expect(end).toEqual({ kind: 'complete' });
    expect(rentals.map((rental) => rental.recordId)).toEqual(ids(3));
    expect(rentals[0]).toMatchObject({ name: 'R-490000', priceCents: 123_450, studio: 'Studio A', problem: null });
  });

  it('is read in any order of columns, with links to other records in some of them', async () => {
    const columns = [...labels.toReversed(), 'Teacher'];
    const teacher = '<td><a data-recordid="003000000000000AAA" href="/s/contact/003">Zoë</a></td>';
    const rows = [0, 1].map((index) => row(index, columns.slice(0, -1)).replace('</tr>', `${teacher}</tr>`)).join('');
    const { end, rentals } = await read(
      page(status('2 items') + table(`<tr><td colspan="10">Loading…</td></tr>${rows}`, { columns })),
    );
    expect(end.kind).toBe('complete');
    expect(rentals.map((rental) => rental.recordId)).toEqual(ids(2));
  });

  it('is read where the name is not the row header and another column is', async () => {
    const swapped = row(0)
      .replace('<th scope="row">', '<td role="gridcell">')
      .replace('</a></th>', '</a></td>')
      .replace(
        '<td role="gridcell"><span>Studio A</span></td>',
        '<th scope="row"><a data-recordid="a01000000000000STU" href="/s/studio/1">Studio A</a></th>',
      );
    const { rentals } = await read(page(status('1 item') + table(swapped)));
    expect(rentals).toMatchObject([{ recordId: recordId(0), name: 'R-490000', studio: 'Studio A' }]);
  });

  it('is read by texts where its headers have no labels of their own', async () => {
    const heads = labels.map(
      (label) =>
        `<th scope="col"><a role="button"><span class="slds-assistive-text">Sort by: ${label}</span><span> ${label.toUpperCase()}\n </span></a></th>`,
    );
    const bare = `<table role="grid" aria-label=" MY  Rentals "><thead><tr>${heads.join('')}</tr></thead><tbody>${rowsFrom(0, 2)}</tbody></table>`;
    const { end, rentals } = await read(page(status('2 items') + bare));
    expect(end.kind).toBe('complete');
    expect(rentals.every((rental) => rental.problem === null)).toBe(true);
  });

  it('is told from other tables and from templates', async () => {
    const decoy = table(rowsFrom(100, 104), { name: 'aria-label="Recent Rentals"' });
    const hidden = `<div style="display:none">${status('0 items')}${table(rowsFrom(200, 203))}</div>`;
    const template = `<template>${table(rowsFrom(300, 301))}</template>`;
    const templateRow = row(400).replace('<tr>', '<tr hidden>');
    const list = `<section><header>${status('2 items')}</header><div class="uiScroller">${table(templateRow + rowsFrom(0, 2))}</div></section>`;
    const other = `<section>${status('4 items')}${decoy}</section>`;
    const { end, rentals } = await read(page(other + hidden + template + list));
    expect(end.kind).toBe('complete');
    expect(rentals.map((rental) => rental.recordId)).toEqual(ids(2));
  });

  it('is not mistaken for an unnamed table that came first', async () => {
    const decoy = `<section>${status('4 items')}${table(rowsFrom(100, 104), { name: '' })}</section>`;
    const list = JSON.stringify(`<section>${status('60 items')}${table(rowsFrom(0, 60))}</section>`);
    const late = `setTimeout(() => $('main').insertAdjacentHTML('beforeend', ${list}), 150)`;
    const { end, rentals } = await read(
      page(`<main></main><aside>${decoy.replace('4 items', '4+ items')}</aside>`, late),
    );
    expect(end.kind).toBe('complete');
    expect(rentals.map((rental) => rental.recordId)).toEqual(ids(60));
  });

  it('is read with names of any script, nested texts and hidden parts', async () => {
    const name = 'Répétition «Żar-ptak» 火の鳥 👯';
    const nested = row(0)
      .replaceAll('R-490000', name)
      .replace('<span>6/1/2025 7:00 PM</span>', '<div>6/1/2025</div><div>7:00 PM</div>')
      .replace(
        '<span>$1,234.50</span>',
        '<span class="slds-assistive-text">Edit Price</span><span>$<b>1,234</b>.50</span><span hidden>$9.99</span>',
      )
      .replace(
        '<span>Approved</span>',
        '<span>Appro<em>ved</em></span><button><span class="assistiveText">Edit Status</span></button>',
      );
    const { rentals } = await read(page(status('1 item') + table(nested)));
    expect(rentals).toMatchObject([
      { name, priceCents: 123_450, status: 'Approved', problem: null, startsAt: new Date('2025-06-01T23:00:00Z') },
    ]);
  });

  it.each([
    ['marked as sorted', `head.classList.add('sorted');`],
    ['given handles to drag', `head.insertAdjacentHTML('beforeend', '<span class="handle"></span>');`],
    ['given other words for the ear', `head.firstElementChild.textContent = 'Sorted descending';`],
  ])('is read where its headers are %s once the rows are there', async (_, change) => {
    const script = `setTimeout(() => { $('tbody').innerHTML = rowsFrom(0, 3); for (const head of document.querySelectorAll('th[scope=col]')) { ${change} } }, 60);`;
    const { end, rentals } = await read(page(status('3 items') + table(''), script));
    expect(end).toEqual({ kind: 'complete' });
    expect(rentals.map((rental) => rental.recordId)).toEqual(ids(3));
  });

  const head = table('').replace(/^.*<thead>|<\/thead>.*$/g, '');
  it.each([
    ['its headers stand among its rows', table(head + rowsFrom(0, 2)).replace(/<thead>.*<\/thead>/, ''), ''],
    [
      'its rows stand in no body',
      '<table role="grid" aria-label="My Rentals"></table>',
      `const made = document.createElement('template');
       made.innerHTML = ${JSON.stringify(table(rowsFrom(0, 2)).replaceAll('R-490001', 'Verify Your Identity'))};
       for (const tr of made.content.querySelectorAll('tr')) $('table').append(tr);`,
    ],
    [
      'its headers are there once more, to stay in view',
      table('').replace('<tbody></tbody>', '').replace('<table', '<table aria-hidden="true"') + table(rowsFrom(0, 2)),
      '',
    ],
  ])('is read where %s', async (_, body, script) => {
    const { end, rentals } = await read(page(status('2 items') + body, script));
    expect(end).toEqual({ kind: 'complete' });
    expect(rentals.map((rental) => [rental.recordId, rental.problem])).toEqual(ids(2).map((id) => [id, null]));
  });

  it.each([
    ['in elements without a box', (text: string) => `<x-text style="display:contents">${text}</x-text>`],
    ['beside what is out of sight', (text: string) => `<i style="visibility:hidden">old</i><span>${text}</span>`],
    [
      'beside the title of a picture',
      (text: string) => `<svg width="9" height="9"><title>Info</title></svg><b>${text}</b>`,
    ],
  ])('is read where its texts are %s', async (_, around) => {
    const cells = rowsFrom(0, 2).replace(/<span>([^<]+)<\/span>/g, (_whole, text: string) => around(text));
    const { rentals } = await read(page(status('2 items') + table(cells)));
    expect(rentals.map(({ problem, studio, priceCents }) => [problem, studio, priceCents])).toEqual(
      ids(2).map(() => [null, 'Studio A', 123_450]),
    );
  });

  it('is read where the status line is for the ear only', async () => {
    const { end } = await read(
      page(status('2 items').replace('By"', 'By slds-assistive-text"') + table(rowsFrom(0, 2))),
    );
    expect(end.kind).toBe('complete');
  });

  it('is read with a status line of another element and large numbers', async () => {
    const line = '<p role="status">1,201 items • Sorted by Price</p>';
    const { end, rentals } = await read(page(line + table(rowsFrom(0, 1_201))));
    expect(end.kind).toBe('complete');
    expect(rentals).toHaveLength(1_201);
  });
});

describe('rows that come in another way', () => {
  const grid = (inner: string) => `${status('50+ items')}${inner}`;
  const more = `
    let shown = 50, busy = false;
    const total = 130, say = (text) => { $('.countSortedByFilteredBy').textContent = text; };
    function load() {
      if (busy || shown >= total) return;
      busy = true;
      setTimeout(() => {
        const next = Math.min(total, shown + 50);
        $('tbody').insertAdjacentHTML('beforeend', rowsFrom(shown, next));
        shown = next; busy = false;
        say(shown < total ? shown + '+ items • x' : total + ' items • x');
      }, 60);
    }`;

  const ways: [string, string, string][] = [
    [
      'the whole window scrolls',
      table(rowsFrom(0, 50)),
      `addEventListener('scroll', () => { if (innerHeight + scrollY > document.body.scrollHeight - 200) load(); })`,
    ],
    [
      'a frame without a name scrolls',
      `<div style="height:300px;overflow-y:scroll"><div>${table(rowsFrom(0, 50))}</div></div>`,
      `$('table').parentElement.parentElement.addEventListener('scroll', (event) => { const s = event.target; if (s.scrollTop + s.clientHeight > s.scrollHeight - 20) load(); })`,
    ],
    [
      'the table itself scrolls',
      table(rowsFrom(0, 50)).replace('<table', '<table style="display:block;height:300px;overflow:auto"'),
      `$('table').addEventListener('scroll', (event) => { const s = event.target; if (s.scrollTop + s.clientHeight > s.scrollHeight - 20) load(); })`,
    ],
    [
      'scrolling takes its time',
      `<div class="uiScroller" style="scroll-behavior:smooth">${table(rowsFrom(0, 50))}</div>`,
      `$('.uiScroller').addEventListener('scroll', (event) => { const s = event.target; if (s.scrollTop + s.clientHeight > s.scrollHeight - 20) load(); })`,
    ],
    [
      'the end of the list is watched',
      `<div class="uiScroller">${table(rowsFrom(0, 50))}<div id="end" style="height:1px"></div></div>`,
      `new IntersectionObserver((seen) => { if (seen[0].isIntersecting) load(); }, { root: $('.uiScroller') }).observe($('#end'))`,
    ],
    [
      'a scroll that comes while rows are on their way is not heard',
      `<div class="uiScroller">${table(rowsFrom(0, 50))}</div>`,
      `let deaf = true; setTimeout(() => { deaf = false; }, 700);
       $('.uiScroller').addEventListener('scroll', (event) => { const s = event.target; if (!deaf && s.scrollTop + s.clientHeight > s.scrollHeight - 20) load(); })`,
    ],
  ];
  it.each(ways)('are read where %s', async (_, body, script) => {
    const { end, rentals } = await read(page(grid(body), `${more}\n${script}`));
    expect(end).toEqual({ kind: 'complete' });
    expect(rentals.map((rental) => rental.recordId)).toEqual(ids(130));
  });

  it('are read where rows are drawn only while in view, in elements that are used again', async () => {
    const script = `
      const total = 130, height = 33, scroller = $('.uiScroller'), body = $('tbody');
      const rows = Array.from({ length: 16 }, () => body.insertRow());
      function draw() {
        const first = Math.min(total - rows.length, Math.floor(scroller.scrollTop / height));
        $('#top').style.height = first * height + 'px';
        $('#bottom').style.height = (total - first - rows.length) * height + 'px';
        rows.forEach((element, index) => { element.outerHTML; element.innerHTML = row(first + index).replace(/<\\/?tr>/g, ''); });
      }
      scroller.addEventListener('scroll', () => requestAnimationFrame(draw));
      draw();`;
    const body = `<div class="uiScroller"><div id="top"></div>${table('')}<div id="bottom"></div></div>`;
    const { end, rentals } = await read(page(status('130 items') + body, script));
    expect(end.kind).toBe('complete');
    expect(rentals.map((rental) => rental.recordId).sort()).toEqual(ids(130));
    expect(rentals.every((rental) => rental.raw['Rental Name'] === rental.name)).toBe(true);
  });

  it('are read where each batch replaces the table', async () => {
    const script = `${more}
      const append = () => { const s = $('.uiScroller'); s.innerHTML = s.innerHTML; };
      $('.uiScroller').addEventListener('scroll', () => { load(); });
      new MutationObserver(() => setTimeout(append, 5)).observe($('.countSortedByFilteredBy'), { childList: true });`;
    const { end, rentals } = await read(page(grid(`<div class="uiScroller">${table(rowsFrom(0, 50))}</div>`), script));
    expect(end.kind).toBe('complete');
    expect(rentals).toHaveLength(130);
  });

  it('are waited for where cells and record ids come after their rows', async () => {
    const script = `
      $('tbody').innerHTML = rowsFrom(0, 3).replace(/ data-recordid="[^"]*"/g, '').replaceAll('$1,234.50', '').replaceAll('Studio A', '');
      setTimeout(() => { [...$('tbody').rows].forEach((tr, index) => { tr.querySelector('a').dataset.recordid = recordId(index); }); }, 80);
      setTimeout(() => { $('tbody').innerHTML = rowsFrom(0, 3); }, 160);`;
    const { end, rentals } = await read(page(status('3 items') + table(''), script));
    expect(end.kind).toBe('complete');
    expect(rentals.map(({ recordId: id, priceCents, studio }) => [id, priceCents, studio])).toEqual(
      ids(3).map((id) => [id, 123_450, 'Studio A']),
    );
  });

  it('are not thought to be none while the list is still empty', async () => {
    const script = `setTimeout(() => { $('tbody').innerHTML = rowsFrom(0, 2); $('.countSortedByFilteredBy').textContent = '2 items • x'; }, 150);`;
    const { end, rentals } = await read(page(status('0 items') + table(''), script));
    expect(end.kind).toBe('complete');
    expect(rentals).toHaveLength(2);
  });

  it('are waited for where the headers come one by one', async () => {
    const script = `
      const heads = $('thead tr').innerHTML; $('thead tr').innerHTML = '';
      setTimeout(() => { $('thead tr').innerHTML = heads.slice(0, heads.indexOf('<th', 300)); }, 60);
      setTimeout(() => { $('thead tr').innerHTML = heads; }, 150);`;
    const { end } = await read(page(status('2 items') + table(rowsFrom(0, 2)), script));
    expect(end.kind).toBe('complete');
  });
});

describe('lists that cannot be trusted', () => {
  it('are incomplete where a row shows no record id, though its address does', async () => {
    const { end, rentals } = await read(
      page(status('2 items') + table(row(0) + row(1).replace(/data-recordid="[^"]*"/, ''))),
    );
    expect(end.kind).toBe('incomplete');
    expect(rentals.map((rental) => rental.recordId)).toEqual([recordId(0), null]);
  });

  it('are incomplete where a record id comes twice', async () => {
    const { end, rentals } = await read(page(status('3 items') + table(row(0) + row(1) + row(1))));
    expect(end.kind).toBe('incomplete');
    expect(rentals).toHaveLength(2);
  });

  it('report a row whose cells do not correspond to the header', async () => {
    const { end, rentals } = await read(
      page(status('2 items') + table(row(0) + row(1).replace('<td role="gridcell"><span>Studio A</span></td>', ''))),
    );
    expect(end.kind).toBe('complete');
    expect(rentals.map((rental) => rental.problem)).toEqual([null, 'the cells do not correspond to the header']);
  });

  const changed: [string, string][] = [
    ['two tables could be meant', table(rowsFrom(0, 2), { name: '' }) + table(rowsFrom(5, 7), { name: '' })],
    ['the list has another name', table(rowsFrom(0, 2), { name: 'aria-label="Team Rentals"' })],
    ['a column is there twice', table(rowsFrom(0, 2, [...labels, 'Status']), { columns: [...labels, 'Status'] })],
    ['a column is gone', table(rowsFrom(0, 2, labels.toSpliced(5, 1)), { columns: labels.toSpliced(5, 1) })],
    [
      'the list is no table',
      `<div role="grid" aria-label="My Rentals">${'<div role="row">R-490001</div>'.repeat(2)}</div>`,
    ],
  ];
  it.each(changed)('are a changed portal where %s', async (_, body) => {
    expect((await misread(page(status('2 items') + body))).kind).toBe('portal_changed');
  });
});

describe('a list whose end or whole cannot be seen', () => {
  it.each([
    ['137 elementos', 137],
    ['1.201 éléments', 1_201],
    ['3 件の項目', 3],
    ['1 Element', 1],
  ])('is read to its end where the line says %j', async (line, count) => {
    const { end, rentals } = await read(page(status(line) + table(rowsFrom(0, count))));
    expect([end.kind, rentals.length]).toEqual(['complete', count]);
  });

  it.each([
    ['50+ éléments', 'the status line speaks of 50 and more'],
    ['Alle Elemente', 'choose English as the language'],
  ])('is incomplete where the line says %j', async (line, words) => {
    const { end } = await read(page(status(line) + table(rowsFrom(0, 3))));
    expect(end).toMatchObject({ kind: 'incomplete', reason: expect.stringContaining(words) as string });
  });

  it('is refused where its headers are in another language, in words that say what to do', async () => {
    const columns = ['Número', 'Nombre', 'Inicio', 'Fin', 'Estudio', 'Precio', 'Estado', 'Lugar'];
    const heads = table(`<tr><th scope="row"><a data-recordid="${recordId(0)}">R-1</a></th></tr>`, { columns });
    expect(await misread(page(status('1 elemento') + heads))).toMatchObject({
      kind: 'portal_changed',
      message: expect.stringContaining('no column of the list is known; choose English') as string,
    });
  });

  it('says what it means where it goes on after 2,000 rows', async () => {
    portal = await serve({ '/s/booking-item': page(status('2000+ items') + table(rowsFrom(0, 2_000))) });
    const timeouts = { ...shortPortalTimeouts, quietMs: 6_000 };
    const { end, rentals } = await reading.read(portal.url, { hasSession: true, timeouts });
    expect(rentals).toHaveLength(2_000);
    expect(end).toMatchObject({
      kind: 'incomplete',
      reason: expect.stringMatching(/never shows its end; what is gone from it stays/) as string,
    });
  });

  const link = '<a href="/s/booking-item/Booking_Item__c/00B">My Rentals</a>';
  const recent = table(rowsFrom(0, 2), { name: 'aria-label="Recently Viewed"' });
  const byStatus =
    status('2 items').replace('All rentals - Status, My Rental', 'Recently Viewed') + table(rowsFrom(0, 2));
  const byTitle = `<section><h1>Recently Viewed</h1>${status('2 items')}${table(rowsFrom(0, 2))}</section>`;
  const shown: [string, string][] = [
    ['its name', status('2 items') + recent],
    ['its status line', byStatus],
    ['its title', byTitle],
  ];
  it.each(shown)('that is the one of what was viewed recently, by %s, is left for the list of all', async (_, list) => {
    const all = page(
      `<h2>Recently Viewed</h2><p></p><section><h1>My Rentals</h1>${status('5 items')}${table(rowsFrom(0, 5))}</section>`,
    );
    const { end, rentals } = await read(page(link + list), { '/s/booking-item/Booking_Item__c/00B': all });
    expect([end.kind, rentals.length]).toEqual(['complete', 5]);
  });

  it.each(shown)(
    'that is the one of what was viewed recently, by %s, gives way to the list of all',
    async (_, list) => {
      const all = `<section><h1>My Rentals</h1>${status('5 items')}${table(rowsFrom(0, 5))}</section>`;
      const inPlace = link.replace(/href="[^"]*"/, 'href="javascript:void(0)"');
      const onClick = `$('nav + a').addEventListener('click', () => { $('main').innerHTML = ${JSON.stringify(all)}; });`;
      const { end, rentals } = await read(page(`${inPlace}<main>${list}</main>`, onClick));
      expect([end.kind, rentals.map(({ recordId: id }) => id)]).toEqual(['complete', ids(5)]);
    },
  );

  it.each(shown)('that is the one of what was viewed recently, by %s, is never whole', async (_, list) => {
    for (const other of ['', link]) {
      const { end, rentals } = await read(page(other + list), { '/s/booking-item/Booking_Item__c/00B': page(list) });
      await portal!.close();
      expect(rentals.map(({ recordId: id }) => id)).toEqual(ids(2));
      expect(end).toMatchObject({
        kind: 'incomplete',
        reason: expect.stringContaining('open My Rentals on the Gibney site and pin the list') as string,
      });
    }
    portal = undefined;
  });
});
