import { describe, expect, test } from 'vitest';
import { runFloor } from '../bench/floor.ts';
import { password, setStage } from './visitor.ts';

const counts = [0, 5, 50, 137];
const stage = setStage({ users: counts.map((rentals) => ({ username: `u${rentals}`, password, rentals })) });

describe('the least script that can read the list', () => {
  test.each(counts)('reads %i rentals, first with a sign-in and then with the session that it kept', async (count) => {
    const username = `u${count}`;
    const visit = { url: stage.portal.url, username, password };
    const cold = await runFloor(stage.browser, visit);
    const warm = await runFloor(stage.browser, { ...visit, storageState: cold.storageState });
    const expected = stage.portal.control.rentals(username).map(({ recordId }) => recordId);
    for (const run of [cold, warm]) expect(run.rows.map(({ recordId }) => recordId)).toEqual(expected);
    expect(stage.portal.control.counters(username)).toMatchObject({ goodLogins: 1, listLoads: 2 });
  });
});
