/** Pages of failures go in time, also where nothing fails any more. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { createFailureArtifacts } from '#activities/artifacts/failure-artifacts.ts';
import { temporaryFolder } from '../support/index.ts';

const dayMs = 24 * 60 * 60_000;

afterEach(() => void vi.useRealTimers());

it('a portal worker removes them when it starts, and each day', async () => {
  const dataDir = await temporaryFolder();
  const folder = path.join(dataDir, 'artifacts');
  const days = ['2030-04-01', '2030-05-10', '2030-05-31'];
  for (const day of days) {
    await mkdir(path.join(folder, day), { recursive: true });
    await writeFile(path.join(folder, day, 'job-1.html'), 'page');
  }
  const left = async () => (await readdir(folder)).sort();
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: Date.parse('2030-06-01T12:00:00Z') });
  const warn = vi.fn();
  const end = createFailureArtifacts({ dataDir, retentionDays: 30, log: { warn } }).tidyDaily();
  await vi.waitFor(async () => expect(await left()).toEqual(days.slice(1)));
  vi.advanceTimersByTime(11 * dayMs);
  await vi.waitFor(async () => expect(await left()).toEqual(days.slice(2)));
  end();
  vi.advanceTimersByTime(60 * dayMs);
  expect([vi.getTimerCount(), warn.mock.calls]).toEqual([0, []]);
  expect(await left()).toEqual(days.slice(2));
});
