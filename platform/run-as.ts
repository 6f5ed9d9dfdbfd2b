/**
 * PostgreSQL refuses to run as root. This finds a way to run it as another user who can still reach its files, even
 * when the project lies in a folder that only root may enter.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { chown, lchown, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** How to run a program as another user: a command to put before it, or ids to spawn it with. */
export interface RunAs {
  prefix: string[];
  uid?: number;
  gid?: number;
  /** Who must own the files that the program writes. Unset: they stay as they are. */
  owner?: { uid: number; gid: number };
}

const asOurselves: RunAs = { prefix: [] };

function unprivilegedUser(): { uid: number; gid: number } {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account = ['postgres', 'nobody'].map((name) => accounts.find(([entry]) => entry === name)).find(Boolean);
  return account ? { uid: Number(account[2]), gid: Number(account[3]) } : { uid: 65534, gid: 65534 };
}

const mayEnter = (path: string): boolean => (statSync(path).mode & 0o001) !== 0;

/** Whether everybody may enter all the folders above this path. */
export function isReachableByAll(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!mayEnter(folder)) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Runs a command that must exit without error; true if it did. */
function succeeds(command: string[]): boolean {
  try {
    execFileSync(command[0]!, command.slice(1), { stdio: 'ignore' });
    return true;
  } catch {
    return false; // the program is missing or the kernel forbids it: the next way is tried
  }
}

/**
 * Ways to reach files in closed folders: another user with permission to pass closed folders, or a user namespace in which
 * root has another number.
 */
function waysThroughClosedFolders(user: { uid: number; gid: number }): RunAs[] {
  const setpriv = (capability: string): RunAs => ({
    prefix: [
      'setpriv',
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      `--inh-caps=-all,+${capability}`,
      `--ambient-caps=-all,+${capability}`,
      '--securebits=+no_setuid_fixup', // without it access(2), with which PostgreSQL checks its binaries, ignores the permission
    ],
    owner: user,
  });
  const namespace: RunAs = {
    prefix: ['unshare', '--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`],
    owner: { uid: 0, gid: 0 },
  };
  return [setpriv('dac_read_search'), setpriv('dac_override'), namespace];
}

/**
 * The way to run a program that must not be root.
 * @param program the program's file
 * @param folder a folder that it works in
 * @param probe a command that succeeds only where program and folder can be reached
 * @throws Error that says what to do, if there is none
 */
export function runUnprivileged(program: string, folder: string, probe: string[]): RunAs {
  if (process.getuid?.() !== 0) return asOurselves;
  const user = unprivilegedUser();
  if (isReachableByAll(program) && isReachableByAll(folder)) return { prefix: [], ...user, owner: user };
  const way = waysThroughClosedFolders(user).find(({ prefix }) => succeeds([...prefix, ...probe]));
  if (way) return way;
  throw new Error(
    `PostgreSQL does not run as root, and other users may not enter ${folder} or ${dirname(program)}. ` +
      'Start as another user, or set DATA_DIR to (and clone into) a folder that everybody may enter, ' +
      'or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

/** Gives a file, or a folder and everything in it, to a user, unless it already belongs to that user. */
export async function giveTo(path: string, owner: RunAs['owner']): Promise<void> {
  const { uid, isDirectory } = await stat(path).then((found) => ({ uid: found.uid, isDirectory: found.isDirectory() }));
  if (!owner || uid === owner.uid) return;
  const entries = isDirectory ? await readdir(path, { recursive: true }) : [];
  for (const entry of entries) await lchown(join(path, entry), owner.uid, owner.gid);
  await chown(path, owner.uid, owner.gid); // last, so that an interrupted change is made again
}
