/** Big files that are fetched or built once and then shared: made in one place at a time, put there in one step. */
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const lockIsOurs = async (lock: string): Promise<boolean> => {
  try {
    const file = await open(lock, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

async function holderIsGone(lock: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(lock, 'utf8'));
    if (!pid) return false; // it is being written
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return ['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

async function takeLock(lock: string, onWait: () => void): Promise<void> {
  for (let told = false; !(await lockIsOurs(lock));) {
    if (await holderIsGone(lock)) {
      await rm(lock, { force: true });
      continue;
    }
    if (!told) onWait();
    told = true;
    await pause(200);
  }
}

/** Does something while no other process does it under the same lock file. The lock of a dead process does not count. */
export async function withLock<Result>(
  lock: string,
  onWait: () => void,
  action: () => Promise<Result>,
): Promise<Result> {
  await takeLock(lock, onWait);
  try {
    return await action();
  } finally {
    await rm(lock, { force: true });
  }
}

/**
 * Makes a folder in the cache unless it is there. `make` fills an empty folder, which is renamed to `target` only when
 * it is complete. A second process that wants the same waits for the first.
 */
export async function cachedFolder(
  target: string,
  make: (staging: string) => Promise<void>,
  say: (line: string) => void,
): Promise<string> {
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const onWait = (): void => say(`waiting for another process that prepares ${basename(target)}`);
  return withLock(`${target}.lock`, onWait, async () => {
    if (existsSync(target)) return target;
    const staging = `${target}.staging`;
    await rm(staging, { recursive: true, force: true }); // of a process that was killed here
    await mkdir(staging);
    try {
      await make(staging);
      await rename(staging, target);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
    return target;
  });
}
