/**
 * The guard: a tiny shell process that outlives this one and ends the process groups named to it. Without it a
 * `kill -9` of the supervisor would leave the database and the Temporal server running.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { inProject } from '#platform/paths.ts';

export interface Guard {
  /** Ends the group when this process is gone; `signal` (without SIG) is how it is asked first. */
  watch(pgid: number, signal: string): void;
  forget(pgid: number): void;
  /** The guard's process id. */
  pid(): number;
  /** Lets the guard go. Groups that are still watched are ended by it. */
  close(): void;
}

function spawnGuard(): ChildProcess {
  const guard = spawn('/bin/sh', [inProject('scripts', 'lib', 'guard.sh')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  guard.unref();
  // A guard that was killed is replaced on its exit; what is written to its closed pipe in between is sent again then.
  guard.stdin?.on('error', () => undefined);
  (guard.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return guard;
}

/** Starts a guard for the processes of this one. A guard that dies is replaced. */
export function createGuard(): Guard {
  const watched = new Map<number, string>();
  let closed = false;
  let current = start();

  function start(): ChildProcess {
    const child = spawnGuard();
    for (const [pgid, signal] of watched) child.stdin?.write(`+ ${pgid} ${signal}\n`);
    child.once('exit', () => {
      if (!closed) current = start();
    });
    return child;
  }

  return {
    watch(pgid, signal) {
      watched.set(pgid, signal);
      current.stdin?.write(`+ ${pgid} ${signal}\n`);
    },
    forget(pgid) {
      watched.delete(pgid);
      current.stdin?.write(`- ${pgid}\n`);
    },
    pid: () => current.pid ?? 0,
    close() {
      closed = true;
      current.stdin?.end();
    },
  };
}
