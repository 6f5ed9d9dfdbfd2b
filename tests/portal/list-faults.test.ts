import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { Misbehaviour } from './server.ts';
import { cells, labels, password, recordIds, scrollToEnd, setStage, statusLine, waitForStatus } from './visitor.ts';

const stage = setStage({
  users: [
    { username: 'ada', password, rentals: 137 },
    { username: 'bo', password, rentals: 60 },
    { username: 'di', password, rentals: 50 },
  ],
});

/** Opens the list with this misbehaviour on. */
async function listWith(what: Misbehaviour, username = 'bo'): Promise<Page> {
  stage.portal.control.misbehave(what);
  const page = await stage.signedIn(username);
  await page.goto('/s/booking-item', { waitUntil: 'commit' });
  await page.waitForFunction(() => document.querySelector('.countSortedByFilteredBy')?.textContent);
  return page;
}

const ids = (username: string): string[] => stage.portal.control.rentals(username).map(({ recordId }) => recordId);

describe('columns that misbehave', () => {
  test('renamed', async () => {
    const page = await listWith({ kind: 'columnRenamed', column: 'start', label: 'Begins' });
    expect((await labels(page))[2]).toBe('Begins');
  });

  test('moved, and the cells with it', async () => {
    const page = await listWith({ kind: 'columnMoved', column: 'location', to: 1 });
    expect((await labels(page)).slice(0, 3)).toEqual(['Item Number', 'Location', 'Rental Name']);
    expect((await cells(page))[0]![1]).toBe(stage.portal.control.rentals('bo')[0]!.location);
  });

  test('gone, and the cells with it', async () => {
    const page = await listWith({ kind: 'columnGone', column: 'price' });
    expect(await labels(page)).not.toContain('Price');
    expect((await cells(page))[0]).toHaveLength(8);
  });

  test('one more, and one more cell', async () => {
    const page = await listWith({ kind: 'columnAdded', label: 'Invoice', at: 2, text: 'I-17' });
    expect((await labels(page))[2]).toBe('Invoice');
    expect((await cells(page))[0]![2]).toBe('I-17');
  });

  test.each([
    ['upper', 'RENTAL NAME'],
    ['lower', 'rental name'],
    ['spaces', '  Rental   Name '],
    ['nbsp', 'Rental\u00a0Name'],
    ['newline', '\n  Rental\nName\n'],
  ] as const)('headers in the variant %s', async (style, label) => {
    expect((await labels(await listWith({ kind: 'headerVariant', style })))[1]).toBe(label);
  });

  test('no table at all', async () => {
    const page = await listWith({ kind: 'tableGone' });
    expect(await page.locator('table').count()).toBe(0);
    expect(await statusLine(page).textContent()).toContain('50+ items');
  });

  test('once means one visit of the list', async () => {
    const page = await listWith({ kind: 'columnGone', column: 'price', times: 1 });
    await page.reload({ waitUntil: 'commit' });
    await page.locator('tbody tr').first().waitFor();
    expect(await labels(page)).toContain('Price');
  });
});

describe('rows that misbehave', () => {
  test('an unreadable date, here in the second batch', async () => {
    const page = await listWith({ kind: 'unreadableDate', row: 55, column: 'end', text: '13/45/2025' });
    await scrollToEnd(page);
    await waitForStatus(page, '60 items');
    const ends = (await cells(page)).map((row) => row[3]);
    expect(ends.flatMap((text, row) => (text === '13/45/2025' ? [row] : []))).toEqual([55]);
  });

  test('an unreadable price', async () => {
    const page = await listWith({ kind: 'unreadablePrice', row: 2 });
    expect((await cells(page)).map((row) => row[5]).indexOf('on request')).toBe(2);
  });

  test('a record id that is missing, or none', async () => {
    expect((await recordIds(await listWith({ kind: 'missingRecordId', row: 1 })))[1]).toBeNull();
    stage.portal.control.behave();
    expect((await recordIds(await listWith({ kind: 'missingRecordId', row: 1, recordId: 'short' })))[1]).toBe('short');
  });

  test('times with a narrow space', async () => {
    const page = await listWith({ kind: 'narrowSpace' });
    expect((await cells(page))[0]![2]).toMatch(/\d\u202f[AP]M$/);
  });

  test('a list that is suddenly empty, or short', async () => {
    expect(await statusLine(await listWith({ kind: 'emptyList', times: 1 })).textContent()).toMatch(/^0 items /);
    const short = await listWith({ kind: 'partialList' });
    expect(await statusLine(short).textContent()).toMatch(/^20 items /);
    expect(await recordIds(short)).toEqual(ids('bo').slice(0, 20));
  });

  test('rows that come a few at a time, after the status line', async () => {
    const slow = await listWith({ kind: 'chunkedRows', size: 20, ms: 600_000 }, 'di');
    await slow.locator('tbody tr').nth(19).waitFor();
    expect(await recordIds(slow)).toHaveLength(20);
    expect(await statusLine(slow).textContent()).toMatch(/^50 items /);
    stage.portal.control.behave();
    const page = await listWith({ kind: 'chunkedRows', size: 20, ms: 1 }, 'di');
    await page.locator('tbody tr').nth(49).waitFor();
    expect(await recordIds(page)).toEqual(ids('di'));
  });

  test('rows that come later than the table', async () => {
    stage.portal.control.misbehave({ kind: 'rowsLate', ms: 600_000 });
    const page = await stage.signedIn('di');
    await page.goto('/s/booking-item', { waitUntil: 'commit' });
    await page.locator('table[role=grid] thead th').first().waitFor();
    expect(await recordIds(page)).toEqual([]);
    expect(await statusLine(page).textContent()).toBe('');
    stage.portal.control.behave();
    stage.portal.control.misbehave({ kind: 'rowsLate', ms: 1 });
    await page.reload({ waitUntil: 'commit' });
    await page.locator('tbody tr').nth(49).waitFor();
    expect(await recordIds(page)).toEqual(ids('di'));
  });

  test('rows that leave the document when they are scrolled away', async () => {
    const page = await listWith({ kind: 'virtualRows', window: 30 }, 'ada');
    expect(await recordIds(page)).toEqual(ids('ada').slice(0, 30));
    await scrollToEnd(page);
    await waitForStatus(page, '100+ items');
    await scrollToEnd(page);
    await waitForStatus(page, '137 items');
    await scrollToEnd(page);
    await page.locator(`a[data-recordid="${ids('ada').at(-1)}"]`).waitFor();
    expect((await recordIds(page)).length).toBeLessThanOrEqual(31);
    expect(await recordIds(page)).not.toContain(ids('ada')[0]);
    await page.locator('.uiScroller').evaluate((scroller) => scroller.scrollTo(0, 0));
    await page.locator(`a[data-recordid="${ids('ada')[0]}"]`).waitFor();
  });
});

describe('an end of the list that misbehaves', () => {
  test('a status line that lies', async () => {
    expect(await statusLine(await listWith({ kind: 'statusLies', times: 1 }, 'di')).textContent()).toMatch(
      /^53 items /,
    );
    const told = await listWith({ kind: 'statusLies', total: 12 }, 'di');
    expect(await statusLine(told).textContent()).toMatch(/^12 items /);
    expect(await recordIds(told)).toHaveLength(50);
  });

  test('a status line that keeps its plus', async () => {
    const page = await listWith({ kind: 'statusStuck' });
    await scrollToEnd(page);
    await page.locator('tbody tr').nth(59).waitFor();
    expect(await statusLine(page).textContent()).toMatch(/^50\+ items /);
  });

  test('a status line without a word', async () => {
    stage.portal.control.misbehave({ kind: 'statusMissing' });
    expect(await statusLine(await stage.onList('bo')).textContent()).toBe('');
  });

  test('a batch that repeats rows because newer ones came', async () => {
    const page = await listWith({ kind: 'listShifts', by: 2 });
    await scrollToEnd(page);
    await waitForStatus(page, '62 items');
    const seen = await recordIds(page);
    expect(seen).toHaveLength(62);
    expect(new Set(seen)).toEqual(new Set(ids('bo')));
  });

  test('a batch that skips rows because newer ones vanished', async () => {
    const page = await listWith({ kind: 'listShifts', by: -2 });
    await scrollToEnd(page);
    await waitForStatus(page, '58 items');
    expect(await recordIds(page)).toEqual(ids('bo').toSpliced(50, 2));
  });

  test('a last batch that is empty', async () => {
    const page = await listWith({ kind: 'emptyLastBatch' }, 'di');
    expect(await statusLine(page).textContent()).toMatch(/^50\+ items /);
    await scrollToEnd(page);
    await waitForStatus(page, '50 items');
    expect(await recordIds(page)).toEqual(ids('di'));
  });

  test('a second batch that never comes', async () => {
    const page = await listWith({ kind: 'batchNeverArrives' });
    await scrollToEnd(page);
    await stage.portal.control.waitFor(({ steps }) => steps.batch === 1);
    await expect(waitForStatus(page, '60', 400)).rejects.toThrow(/Timeout/);
    expect(await recordIds(page)).toHaveLength(50);
  });

  test('a second batch that comes late', async () => {
    const page = await listWith({ kind: 'batchLate', ms: 1 });
    await scrollToEnd(page);
    await waitForStatus(page, '60 items');
    expect(await recordIds(page)).toEqual(ids('bo'));
  });
});
