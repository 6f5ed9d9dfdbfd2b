/** The browser that our tests pin is preferred to whatever is on the machine; a path that was named comes before all. */
import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { findChromium } from '#platform/find-chromium.ts';
import { temporaryFolder } from '../support/index.ts';

let onPath: string;

beforeAll(async () => {
  const folder = await temporaryFolder();
  onPath = join(folder, 'google-chrome');
  await writeFile(onPath, '#!/bin/sh\necho "Google Chrome 199.0"\n');
  await chmod(onPath, 0o755);
});

afterEach(() => void vi.unstubAllEnvs());

it('is not the one on the PATH where a pinned one is there', async () => {
  vi.stubEnv('PATH', [join(onPath, '..'), process.env.PATH].join(delimiter));
  const lines: string[] = [];
  const { executablePath } = await findChromium(undefined, (line) => lines.push(line));
  expect(executablePath).not.toBe(onPath);
  // One line where it is not Playwright's own, which says what is used and why.
  expect(
    lines.filter((line) => !line.startsWith('Chromium: the one of the npm package @sparticuz/chromium (Playwright')),
  ).toEqual([]);
});

it('is the one that CHROMIUM_PATH names', async () => {
  expect((await findChromium(onPath, () => {})).executablePath).toBe(onPath);
});

it('is refused where CHROMIUM_PATH names something else', async () => {
  await expect(findChromium('/bin/true', () => {})).rejects.toThrow('CHROMIUM_PATH is /bin/true');
});
