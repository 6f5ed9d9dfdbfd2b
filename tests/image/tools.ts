/** buildah and podman with a storage of their own. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { userCacheDir } from '#platform/paths.ts';
import { isAlive } from '#platform/processes.ts';

const run = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;

export interface Tools {
  folder: string;
  driver: string;
  buildah(...args: string[]): Promise<string>;
  podman(...args: string[]): Promise<string>;
  /** The words before podman's own, for a process that is to be started otherwise. */
  storage: string[];
  /** Ends the containers, and removes all that was made unless it is to be kept. */
  close(): Promise<void>;
}

/** Why the check cannot be made here, or null. */
export async function whyNot(): Promise<string | null> {
  if (process.platform !== 'linux') return 'containers are made on Linux only';
  if (process.getuid?.() !== 0) return 'it wants root, to build and to set limits';
  for (const tool of ['buildah', 'podman', 'runc'])
    if (!(await answers(tool))) return `there is no ${tool} on the PATH (Debian: apt-get install buildah podman runc)`;
  return null;
}

const answers = (tool: string): Promise<boolean> =>
  run(tool, ['--version']).then(
    () => true,
    () => false,
  );

const parent = (): string => join(userCacheDir(), 'image-check');

/** @param keep leaves the images for the next check, which then builds only what has changed */
export async function openTools(keep: boolean, signal?: AbortSignal): Promise<Tools> {
  await removeLeftOvers();
  const folder = join(parent(), keep ? 'kept' : String(process.pid));
  await mkdir(folder, { recursive: true });
  const driver = await bestDriver(folder);
  return toolsIn(folder, driver, keep, signal);
}

/** Layers that lie over each other where the kernel has that; else each layer is a copy of the one before. */
async function bestDriver(folder: string): Promise<string> {
  const trial = storageIn(join(folder, 'trial'), 'overlay');
  const works = await run('buildah', [...trial, 'info']).then(
    () => true,
    () => false,
  );
  return works ? 'overlay' : 'vfs';
}

const storageIn = (folder: string, driver: string): string[] => [
  ...['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', driver],
];

function toolsIn(folder: string, driver: string, keep = false, signal?: AbortSignal): Tools {
  const storage = storageIn(folder, driver);
  const tool =
    (name: string) =>
    async (...args: string[]): Promise<string> => {
      try {
        return (await run(name, [...storage, ...args], { maxBuffer, signal })).stdout.trim();
      } catch (error) {
        const { stderr, stdout } = error as { stderr?: string; stdout?: string };
        const tail = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n').slice(-30).join('\n');
        throw new Error(`${name} ${args[0]} failed:\n${tail || String(error)}`, { cause: error });
      }
    };
  const [buildah, podman] = [tool('buildah'), tool('podman')];
  return { folder, driver, storage, buildah, podman, close: () => close(folder, keep, storage) };
}

async function close(folder: string, keep: boolean, storage: string[]): Promise<void> {
  const quietly = (name: string, ...args: string[]) => run(name, [...storage, ...args]).catch(() => undefined);
  await quietly('podman', 'rm', '--force', '--all', '--time', '0');
  await quietly('buildah', 'rm', '--all');
  if (keep) return;
  // The driver's own mount.
  for (const below of ['storage', 'trial/storage'])
    await run('umount', [join(folder, below, 'overlay')]).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
}

/** Of checks that were killed. */
async function removeLeftOvers(): Promise<void> {
  for (const name of await readdir(parent()).catch(() => [] as string[])) {
    if (!Number(name) || isAlive(Number(name))) continue;
    const folder = join(parent(), name);
    await toolsIn(folder, await bestDriver(folder)).close();
  }
}
