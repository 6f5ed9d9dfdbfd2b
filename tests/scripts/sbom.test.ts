import { expect, it } from 'vitest';
import { sbomOf } from '#scripts/lib/sbom.ts';

it('lists each installed package once, however deep it lies', () => {
  const packages = {
    '': { version: '1.0.0' },
    'node_modules/pg': { version: '8.1.0', license: 'MIT', integrity: 'sha512-AQID' },
    'node_modules/@mikro-orm/core': { version: '7.0.0' },
    'node_modules/a/node_modules/@mikro-orm/core': { version: '6.0.0' },
    'node_modules/b/node_modules/pg': { version: '8.1.0' },
    'node_modules/vite': { version: '8.0.0' },
  };
  const { components } = sbomOf({ name: 'ours', version: '1.0.0', packages }, (path) => !path.endsWith('/vite'));
  expect(components.map(({ purl }) => purl)).toEqual([
    'pkg:npm/pg@8.1.0',
    'pkg:npm/%40mikro-orm/core@7.0.0',
    'pkg:npm/%40mikro-orm/core@6.0.0',
  ]);
});

it('says the license and the hash where the lock knows them', () => {
  const packages = { 'node_modules/pg': { version: '8.1.0', license: 'MIT', integrity: 'sha512-AQID' } };
  expect(sbomOf({ name: 'ours', version: '1.0.0', packages }, () => true).components).toMatchObject([
    { name: 'pg', licenses: [{ expression: 'MIT' }], hashes: [{ alg: 'SHA-512', content: '010203' }] },
  ]);
});
