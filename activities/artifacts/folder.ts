/** Where earlier versions kept pages of failures: `DATA_DIR/artifacts/<date>/…`. They go when they are past their time. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

const dayMs = 24 * 60 * 60_000;
const dateName = /^\d{4}-\d{2}-\d{2}$/;

export function artifactsFolder(dataDir: string): string {
  return path.join(dataDir, 'artifacts');
}

/** Removes the folders of days that ended more than `days` ago; returns how many. */
export async function removeOldArtifacts(folder: string, days: number, now: number): Promise<number> {
  const names = (await entriesOf(folder)).filter((name) => dateName.test(name));
  const old = names.filter((name) => Date.parse(name) + dayMs < now - days * dayMs);
  await Promise.all(old.map((name) => rm(path.join(folder, name), { recursive: true, force: true })));
  return old.length;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // ENOENT: nothing was kept yet
    return [];
  }
}
