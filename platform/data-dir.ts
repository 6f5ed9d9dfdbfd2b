/** What the local mode keeps in DATA_DIR besides the databases: who runs there, its ports, its keys. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, constants, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PlainError } from './errors.ts';
import { findFreePort } from './ports.ts';
import { isAlive } from './processes.ts';
import { writeBeside } from './write-beside.ts';

const folderTroubles: Record<string, string> = {
  EACCES: 'is not for this user to write in',
  EPERM: 'is not for this user to write in',
  EROFS: 'is on a file system that cannot be written',
  ENOTDIR: 'is a file or lies in one, and no folder',
};

/** Throws {@link PlainError} where the folder cannot be made or written. */
export async function makeDataDir(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const trouble = folderTroubles[code] ?? `cannot be made (${code || message})`;
    throw new PlainError(`DATA_DIR ${folder} ${trouble}; set DATA_DIR to a folder that can be written`);
  }
}

/** One level at a time: Node's own recursive way never ends where a level is refused as not found, as under /proc. */
async function makeFolders(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) await makeFolders(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error; // otherwise another start was quicker
  });
}

async function isSupervisor(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'supervisor'); // no /proc: believe it
  return /supervisor|start\.js/.test(commandLine);
}

interface Holder {
  pid: number;
  guardPid?: number;
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined; // missing, or cut off while it was written: nobody holds it
  }
}

export interface DataDirLock {
  /** Notes the guard's process, for which a successor waits. */
  noteGuard(pid: number): Promise<void>;
  release(): Promise<void>;
}

/**
 * Makes this process the only one that runs in this folder. After a crash of the previous one, waits until its guard has
 * ended what that left running.
 * @throws PlainError when another one runs there
 */
export async function lockDataDir(folder: string): Promise<DataDirLock> {
  await makeDataDir(folder);
  const file = join(folder, 'supervisor.json');
  const before = await readHolder(file);
  if (before && before.pid !== process.pid && (await isSupervisor(before.pid))) {
    throw new PlainError(
      `gibney-sync runs in ${folder} already (process ${before.pid}); stop it, or set DATA_DIR to another folder`,
    );
  }
  const limit = Date.now() + 6_000;
  while (before?.guardPid && isAlive(before.guardPid) && Date.now() < limit) await pause(50);
  if (before) await rm(file, { force: true });
  const handle = await open(file, 'wx').catch(() => {
    throw new PlainError(`another gibney-sync starts in ${folder} at this moment`);
  });
  await handle.writeFile(JSON.stringify({ pid: process.pid }));
  await handle.close();
  return {
    noteGuard: (guardPid) => writeBeside(file, JSON.stringify({ pid: process.pid, guardPid })),
    release: () => rm(file, { force: true }),
  };
}

/** Ports that nobody chose: free ones, the same at the next start where possible. Returns a port for each name. */
export async function rememberedPorts<Name extends string>(
  folder: string,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const file = join(folder, 'ports.json');
  const before = await readPorts(file);
  const ports = {} as Record<Name, number>;
  for (const name of names) {
    do ports[name] = await findFreePort(before[name]);
    while (names.some((other) => other !== name && ports[other] === ports[name]));
  }
  await writeBeside(file, `${JSON.stringify({ ...before, ...ports }, null, 2)}\n`);
  return ports;
}

/** None where the file is missing, or was cut off or emptied: other ports do as well. */
async function readPorts(file: string): Promise<Record<string, number>> {
  try {
    const kept = Object.entries(JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>);
    return Object.fromEntries(kept.filter((entry): entry is [string, number] => Number.isInteger(entry[1])));
  } catch {
    return {};
  }
}

/**
 * A secret of this DATA_DIR, made by `make` at the first start and kept in a file that only its owner can read.
 * @throws PlainError where that file is empty, since a new secret would open nothing of what the old one sealed
 */
export async function keptSecret(folder: string, name: string, make: () => string): Promise<string> {
  const keys = join(folder, 'keys');
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const file = join(keys, name);
  if (!existsSync(file)) await writeBeside(file, `${make()}\n`, 0o600);
  return notEmpty(file, await readFile(file, 'utf8'));
}

/** What is in the file of a secret. Throws {@link PlainError} where there is nothing. */
export function notEmpty(file: string, text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new PlainError(
    `${file} is empty: bring it back from a backup, since nothing else opens what was sealed with it`,
  );
}

/** A new ring with one key for CREDENTIALS_KEYS. */
export const newKeyring = (): string => `k1:${randomBytes(32).toString('base64')}`;

/** A new AUTH_SECRET. */
export const newAuthSecret = (): string => randomBytes(32).toString('base64url');
