/** A program that a test asks for its judgement: the installed one, else Debian's, unpacked into the cache. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from '#platform/cache.ts';
import { userCacheDir } from '#platform/paths.ts';

const run = promisify(execFile);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

export interface DebianTool {
  name: string;
  /** Debian's package that has it in /usr/bin. */
  of: string;
  /** What it answers without doing anything. */
  version: string;
}

/** Null where this machine has none and Debian's cannot be had. */
export async function findDebianTool({ name, of, version }: DebianTool): Promise<string | null> {
  const answers = (command: string) => run(command, [version]).then(() => command);
  try {
    return await answers(name).catch(async () => answers(await debians(name, of)));
  } catch (error) {
    say(`no ${name}, so its own tests are skipped: ${(error as Error).message.split('\n')[0]}`);
    return null;
  }
}

async function debians(name: string, of: string): Promise<string> {
  const folder = await cachedFolder(join(userCacheDir(), `${name}-debian`), (staging) => unpack(of, staging), say);
  return join(folder, 'usr', 'bin', name);
}

async function unpack(of: string, folder: string): Promise<void> {
  const downloads = await mkdtemp(join(tmpdir(), 'gibney-debian-'));
  try {
    await run('apt-get', ['download', of], { cwd: downloads, timeout: 60_000 });
    await run('sh', ['-c', 'dpkg-deb --extract *.deb "$0"', folder], { cwd: downloads });
  } finally {
    await rm(downloads, { recursive: true });
  }
}
