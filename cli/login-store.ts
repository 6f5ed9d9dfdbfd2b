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

/** Null where nobody is signed in. Throws `Refusal` where it cannot be read: nobody knows then which service is meant. */
export async function readLogin(path: string): Promise<Login | null> {
  let reason = 'it is no login';
  try {
    const login = JSON.parse(await readFile(path, 'utf8')) as Partial<Login> | null;
    if (isText(login?.url) && isText(login.key)) return { email: '', ...login } as Login;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    reason = code ?? reason;
  }
  throw new Refusal(
    `${path} cannot be read (${reason}). Sign in again: gibney-sync login --url https://sync.example.com`,
    exitCodes.signedOut,
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
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
