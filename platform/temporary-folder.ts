/**
 * A folder for the temporary files of this process, such as the profiles of its browsers. If the process is killed, they
 * are left for the next one of its kind to remove.
 */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './processes.ts';

/** In a container the next process may have the same id as the one before, and has no folder yet. */
const isOver = (pid: number): boolean => pid === process.pid || !isAlive(pid);

/** Sends all temporary files of this process to a folder of its own, and removes those of processes that are gone. */
export async function useOwnTemporaryFolder(kind: string): Promise<{ remove(): Promise<void> }> {
  const parent = tmpdir();
  const ofOurKind = new RegExp(`^gibney-sync-${kind}-(\\d+)-`);
  for (const name of await readdir(parent)) {
    const pid = Number(ofOurKind.exec(name)?.[1]);
    if (pid && isOver(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
  const folder = await mkdtemp(join(parent, `gibney-sync-${kind}-${process.pid}-`));
  await chmod(folder, 0o711); // a browser may run as another user
  process.env.TMPDIR = folder;
  return { remove: () => rm(folder, { recursive: true, force: true }) };
}
