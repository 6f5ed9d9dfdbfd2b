/** Programs from PyPI that tests judge by, installed once into the cache. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from '#platform/cache.ts';
import { userCacheDir } from '#platform/paths.ts';

const run = promisify(execFile);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * What PYTHONPATH has to be; null, and said, where this machine has no Python with pip, or no way to the packages.
 * @param what they are together: the name of the folder, and of what is skipped without them
 * @param packages each with its version
 */
export async function pythonPackages(what: string, packages: string[]): Promise<string | null> {
  const target = join(userCacheDir(), `${what}-${packages.join('-').replaceAll('==', '-')}`);
  try {
    const { stdout } = await run('python3', ['-c', 'import sys; print(".".join(map(str, sys.version_info[:2])))']);
    const install = async (folder: string) => {
      say(`installing ${packages.join(' and ')} for the tests`);
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder, ...packages];
      await run('python3', pip, { timeout: 300_000 });
    };
    return await cachedFolder(`${target}-python-${stdout.trim()}`, install, say);
  } catch (error) {
    say(`no ${what} from PyPI, and their tests are skipped: ${(error as Error).message.split('\n')[0]}`);
    return null;
  }
}
