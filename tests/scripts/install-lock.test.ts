/** The lock of whoever installs the npm packages, beside what others left of theirs. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
// @ts-expect-error: it runs before anything is installed, so it is JavaScript.
import { withInstallLock as untyped } from '#scripts/bootstrap.js';
import { temporaryFolder } from '../support/index.ts';

const withInstallLock = untyped as (say: (line: string) => unknown, action: () => unknown) => Promise<void>;
let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => void vi.unstubAllEnvs());

/** Where the lock is while it is held. */
async function lockPath(): Promise<string> {
  let name: string | undefined;
  await withInstallLock(
    () => undefined,
    () => void (name = readdirSync(folder)[0]),
  );
  return join(folder, name!);
}

const said = async () => {
  const lines: string[] = [];
  await withInstallLock(
    (line) => lines.push(line),
    () => undefined,
  );
  return lines;
};

it('is taken, and gone afterwards, also where somebody died before it had their name or with it', async () => {
  const lock = await lockPath();
  expect(existsSync(lock)).toBe(false);
  mkdirSync(lock);
  expect(await said()).toEqual([]);
  const { pid } = spawnSync(process.execPath, ['--version']);
  mkdirSync(lock);
  writeFileSync(join(lock, 'pid'), String(pid));
  expect(await said()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

it('is waited for while its holder lives', async () => {
  const order: string[] = [];
  let release = (): unknown => undefined;
  const first = withInstallLock(
    () => undefined,
    () => new Promise<void>((resolve) => (release = () => (order.push('first'), resolve()))),
  );
  const second = withInstallLock(
    () => release(),
    () => void order.push('second'),
  );
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
});
