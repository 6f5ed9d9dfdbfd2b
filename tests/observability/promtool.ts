/** Prometheus' own tool for its files: the installed one, else Debian's, unpacked into the cache. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from '#platform/cache.ts';
import { userCacheDir } from '#platform/paths.ts';

const run = promisify(execFile);

/** Null where this machine has none and Debian's cannot be had. */
export async function findPromtool(say: (line: string) => void): Promise<string | null> {
  const answers = (command: string) => run(command, ['--version']).then(() => command);
  try {
    return await answers('promtool').catch(async () => answers(await debians(say)));
  } catch (error) {
    say(`no promtool, so the alerts' own tests are skipped: ${(error as Error).message.split('\n')[0]}`);
    return null;
  }
}

async function debians(say: (line: string) => void): Promise<string> {
  const folder = await cachedFolder(join(userCacheDir(), 'promtool-debian'), unpack, say);
  return join(folder, 'usr', 'bin', 'promtool');
}

async function unpack(folder: string): Promise<void> {
  const downloads = await mkdtemp(join(tmpdir(), 'gibney-promtool-'));
  try {
    await run('apt-get', ['download', 'prometheus'], { cwd: downloads, timeout: 60_000 });
    await run('sh', ['-c', 'dpkg-deb --extract prometheus_*.deb "$0"', folder], { cwd: downloads });
  } finally {
    await rm(downloads, { recursive: true });
  }
}
