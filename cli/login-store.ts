/**
 * The login, in a file that only its owner can read. Not in the system's keyring: that takes native code for each platform, and
 * where a command line is needed most, on servers and in containers, there is none.
 */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Refusal } from './refusal.ts';
import { exitCodes } from './exit-codes.ts';

export interface Login {
  url: string;
  key: string;
  email: string;
}

/** Null where nobody is signed in. */
export async function readLogin(path: string): Promise<Login | null> {
  try {
    const login = JSON.parse(await readFile(path, 'utf8')) as Partial<Login>;
    if (login.url && login.key) return { email: '', ...login } as Login;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Refusal(`${path} cannot be understood. Delete it, then run: gibney-sync login`, exitCodes.signedOut);
}

/** Whole or not at all, and never readable by others, not even for a moment. */
export async function writeLogin(path: string, login: Login): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const next = `${path}.${process.pid}`;
  await writeFile(next, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 });
  await rename(next, path);
}

export async function deleteLogin(path: string): Promise<void> {
  await rm(path, { force: true });
}
