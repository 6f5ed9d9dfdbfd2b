/** Reading a part of the list: how far it is scrolled, and what is taken of it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { RowStore } from '#activities/portal/row-store.ts';
import { useDancer, username } from './portal/dancer.ts';

const { scrape, at } = useDancer();
let starts: Date[];

beforeEach(async () => {
  at.portal.control.setRentals(username, 300);
  const { staged } = await scrape.read(at.portal.url, at.dancer);
  starts = staged.map(({ starts_at }) => starts_at as unknown as Date);
  at.portal.control.resetCounters();
});

describe('a part of the list', () => {
  it('is read without scrolling to its end, where the list has passed it', async () => {
    const options = { from: starts[59]!.toISOString() };
    const { result, staged } = await scrape.read(at.portal.url, at.dancer, { options });
    expect(result).toMatchObject({ complete: false, partRead: true, count: 60 });
    expect(staged).toHaveLength(60);
    expect(at.portal.control.counters(username).batches).toBeLessThan(5);
  });

  it('between two times leaves out what is newer', async () => {
    const options = { from: starts[79]!.toISOString(), to: starts[19]!.toISOString() };
    const { result } = await scrape.read(at.portal.url, at.dancer, { options });
    expect(result).toMatchObject({ complete: false, partRead: true, count: 60 });
  });
});

describe('that the list has passed a time', () => {
  const storeOf = (...days: number[]) => {
    const store = new RowStore('https://portal.test');
    const rows = days.map((day, index) => {
      const recordId = `a0B00000000000${String(index).padStart(4, '0')}`;
      const times = {
        'Rental Start Date/Time': `7/${day}/2026 6:00 PM`,
        'Rental End Date/Time': `7/${day}/2026 7:00 PM`,
      };
      return { key: recordId, replaces: null, recordId, name: 'R-1', href: '', cells: times };
    });
    store.take({ rows, reset: false });
    return store;
  };
  const moment = new Date('2026-07-20T12:00:00Z');

  it.each<[boolean, number[]]>([
    [true, [25, 22, 19]],
    [false, [25, 22, 20]],
    [false, [25, 19, 22]],
    [false, [19, 22, 19]],
    [false, [19]],
  ])('is %s of rentals on the days %j', (passed, days) => {
    expect(storeOf(...days).hasPassed(moment)).toBe(passed);
  });
});
