/**
 * `npm run histories`: runs the workflow's tests and keeps their histories under this release's version, for the
 * replay tests of the versions to come. Once a release; a folder that is there already is left alone.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const files = [
  'user-sync',
  'steering',
  'self-healing',
  'races',
  'confirmation',
  'settings',
  'queue',
  'actions',
  'maintenance',
  'deliver',
  'push-calendar',
];
const tests = files.map((name) => `tests/workflows/${name}.test.ts`);
const root = fileURLToPath(new URL('../../', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
const release = `v${version}`;

if (existsSync(`${root}tests/fixtures/histories/${release}`)) {
  process.stderr.write(`${release} has its histories already; they are part of the replay tests\n`);
  process.exitCode = 1;
} else {
  execFileSync(process.execPath, [`${root}node_modules/vitest/vitest.mjs`, 'run', ...tests], {
    cwd: root,
    env: { ...process.env, RECORD_HISTORIES_OF: release },
    stdio: 'inherit',
  });
}
