/** The file of the local Temporal server, and what it was made with. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBeside } from '#platform/write-beside.ts';

export const temporalFile = (dataDir: string): string => join(dataDir, 'temporal', 'temporal.db');

const noteFile = (dataDir: string): string => join(dataDir, 'temporal', 'made-with.json');

/** What the file was made with, or prepared for since. */
export interface MadeWith {
  /** The version of the server. */
  server: string;
  namespace: string;
  searchAttributes: readonly string[];
}

async function readNote(dataDir: string): Promise<Partial<MadeWith>> {
  try {
    return (JSON.parse(await readFile(noteFile(dataDir), 'utf8')) as Partial<MadeWith> | null) ?? {};
  } catch {
    return {}; // none yet, or cut off: as before there was one
  }
}

/**
 * A server makes its tables where there is no file, and never changes those of another version: such a file is set aside. What
 * people have is in PostgreSQL; their workflows begin anew from there. Returns whether there is a file to go on with.
 */
export async function keepsFile(dataDir: string, server: string, say: (line: string) => void): Promise<boolean> {
  const { server: before } = await readNote(dataDir);
  const file = temporalFile(dataDir);
  if (!existsSync(file)) return false;
  if (!before || before === server) return true;
  const aside = `${file}.${before}`;
  // The file itself last: until then the next start does the same.
  for (const part of ['-wal', '-shm', '']) if (existsSync(file + part)) await rename(file + part, aside + part);
  say(
    `the Temporal server is now ${server}, and its file was made by ${before}: it lies at ${aside}, and all syncs are ` +
      'taken up again from the database within minutes',
  );
  return false;
}

const textOf = ({ namespace, searchAttributes }: Partial<MadeWith>): string =>
  JSON.stringify([namespace, [...(searchAttributes ?? [])].sort()]);

/** Gives a server that runs on this file what it lacks, by `prepare`: at a start, a namespace that is there gets nothing new. */
export async function keepPrepared(dataDir: string, wanted: MadeWith, prepare: () => Promise<unknown>): Promise<void> {
  const before = await readNote(dataDir);
  if (before.server === wanted.server && textOf(before) === textOf(wanted)) return;
  await prepare();
  await mkdir(join(dataDir, 'temporal'), { recursive: true });
  await writeBeside(noteFile(dataDir), `${JSON.stringify(wanted, null, 2)}\n`);
}
