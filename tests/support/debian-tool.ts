/** A program that a test asks for its judgement: the installed one, else Debian's, unpacked into the cache. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
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
  const answers = (command: string) =>
    run(command, [version], { env: { ...process.env, ...libraryPath(command) } }).then(() => command);
  try {
    return await answers(name).catch(async () => answers(await debians(name, of)));
  } catch (error) {
    say(`no ${name}, so its own tests are skipped: ${(error as Error).message.split('\n')[0]}`);
    return null;
  }
}

/** Where the libraries lie that were unpacked beside a program of Debian's. */
export function libraryPath(program: string): { LD_LIBRARY_PATH?: string } {
  const beside = join(dirname(program), '..', 'lib', 'x86_64-linux-gnu');
  return isAbsolute(program) ? { LD_LIBRARY_PATH: beside } : {};
}

async function debians(name: string, of: string): Promise<string> {
  const folder = await cachedFolder(
    join(userCacheDir(), `${name}-debian-with-libraries`),
    async (staging) => unpack([of, ...(await missingLibraries(of))], staging),
    say,
  );
  return join(folder, 'usr', 'bin', name);
}

const onlyNeeded = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(
  (kind) => `--no-${kind}`,
);

/** Which libraries a package wants, itself or by way of others, that this machine has not. */
async function missingLibraries(of: string): Promise<string[]> {
  const [wanted, installed] = await Promise.all([
    run('apt-cache', ['depends', '--recurse', ...onlyNeeded, of]),
    run('dpkg-query', ['--show', '--showformat', '${Package}\n']),
  ]);
  const known = new Set(installed.stdout.split('\n'));
  return wanted.stdout.split('\n').filter((name) => /^lib\S+$/.test(name) && !known.has(name));
}

async function unpack(packages: string[], folder: string): Promise<void> {
  const downloads = await mkdtemp(join(tmpdir(), 'gibney-debian-'));
  try {
    await run('apt-get', ['download', ...packages], { cwd: downloads, timeout: 120_000 });
    await run('sh', ['-c', 'for one in *.deb; do dpkg-deb --extract "$one" "$0"; done', folder], { cwd: downloads });
  } finally {
    await rm(downloads, { recursive: true });
  }
}
