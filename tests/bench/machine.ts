/** Where and with what the bench ran. */
import { execFile } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { inProject } from '#platform/paths.ts';

const run = promisify(execFile);

export interface Machine {
  processor: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  browser: string;
}

export async function describeMachine(browser: { version: string; path: string }): Promise<Machine> {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    browser: `Chromium ${browser.version} (${browser.path})`,
  };
}

/** The short hash, with a plus where there are changes that are not committed. */
export async function describeCommit(): Promise<string> {
  const git = async (...args: string[]) => (await run('git', args, { cwd: inProject() })).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--untracked-files=no');
    return (await git('rev-parse', '--short', 'HEAD')) + (changed === '' ? '' : '+');
  } catch {
    return 'no commit'; // a copy of the sources without git
  }
}
