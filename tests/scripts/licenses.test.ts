import { expect, it } from 'vitest';
import { refused, shippedPackages } from '#scripts/lib/licenses.ts';

it('every package that we ship comes under a license that lets us', async () => {
  const packages = await shippedPackages();
  expect(packages.length).toBeGreaterThan(100);
  expect(refused(packages)).toEqual([]);
});

it.each([
  ['GPL-3.0-only', true],
  ['AGPL-3.0-or-later', true],
  ['MIT AND GPL-2.0', true],
  [null, true],
  ['(MIT OR GPL-3.0)', false],
  ['Apache-2.0 AND MIT', false],
  ['MPL-2.0', false],
] as [string | null, boolean][])('a package under %s is refused: %s', (license, isRefused) => {
  expect(refused([{ name: 'some 1.0.0', license }])).toHaveLength(isRefused ? 1 : 0);
});
