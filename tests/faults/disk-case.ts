/** The disk of the database is full: a context of its own, whose PostgreSQL lives on a small disk in memory. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, rmdirSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipped, type FaultCase, type Outcome } from './cases.ts';
import { waitUntilStable } from './context/wait-until-stable.ts';
import type { JobRow } from './context/dancer.ts';
import { injectFaultAtEachMoment, wholeList } from './context/inject-fault.ts';
import { until } from '../support/until.ts';
import { startWorld, type TestContext } from './context/test-context.ts';

const diskSize = '320m';

export const diskFull: FaultCase = {
  id: 'disk-full',
  breaks: 'the disk of the database is full, and has room again when the portal was read',
  holds: 'the sync completes, or fails as our own fault and the next one completes; nothing is lost',
  async run() {
    const disk = mountDisk();
    if (disk === null) return skipped('only root may mount a small disk');
    try {
      return await onDisk(disk);
    } finally {
      execFileSync('umount', [disk]);
      rmdirSync(disk);
    }
  },
};

/** A small disk, or null where this user may not make one. */
function mountDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'gibney-sync-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskSize},mode=0755`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmdirSync(folder); // not root, or a machine that forbids mounts
    return null;
  }
}

async function onDisk(disk: string): Promise<Outcome[]> {
  const context = await startWorld({ postgresFolder: disk, say: () => undefined });
  const ballast = join(disk, 'ballast');
  try {
    const outcomes = await injectFaultAtEachMoment(context, {
      async injectFault() {
        fill(ballast);
        await until('a database that cannot write', () => cannotWrite(context));
      },
      async after(held) {
        for (const { dancer } of held) {
          await context.portal.control.waitFor(({ pagesNow }) => pagesNow === 0, {
            user: dancer.username,
            timeoutMs: 120_000,
          });
        }
        rmSync(ballast);
        await context.postgres.start(); // where it gave up
        context.postgres.surprises.length = 0;
      },
      ending: (job: JobRow) => (job.errorCode === 'internal' ? [] : wholeList(job)),
    });
    const leftOver = await waitUntilStable(context);
    return outcomes.map((outcome) => ({ ...outcome, problems: [...outcome.problems, ...leftOver] }));
  } finally {
    await context.stop();
  }
}

/** Takes all the room that there is. */
function fill(file: string): void {
  const handle = openSync(file, 'w');
  const piece = Buffer.alloc(1024 * 1024);
  try {
    for (;;) writeSync(handle, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error; // ENOSPC: full, as it should be
  } finally {
    closeSync(handle);
  }
}

/** Writes until the disk's end is felt: refused, or the whole server down. */
async function cannotWrite({ db }: TestContext): Promise<boolean> {
  const client = await db.connect().catch(() => null); // no connection any more: it is down
  if (!client) return true;
  try {
    await client.query('create table if not exists ballast (line text)');
    await client.query(`insert into ballast select repeat('x', 1000) from generate_series(1, 5000)`);
    return false;
  } catch {
    return true; // no room for the row, for the log, or for the server
  } finally {
    await client.end().catch(() => undefined); // the server may have ended it already
  }
}
