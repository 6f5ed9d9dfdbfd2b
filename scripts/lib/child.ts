/** Starting and stopping one child process, in a process group of its own and known to the guard. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Guard } from './guard.ts';

/** How a program is run. */
export interface SpawnSpec {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** User and group to run as; only root may set them. */
  uid?: number;
  gid?: number;
  /** Opens an IPC channel, for Node programs that report `{ type: 'ready' }`. */
  ipc?: boolean;
  /** The signal that asks the program to end in good order. */
  stopSignal: NodeJS.Signals;
}

/** How a service is run, and how one knows that it is ready. */
export interface ProcessSpec extends SpawnSpec {
  /** How long it may take to end after that. */
  stopGraceMs: number;
  /** How long it may take to become ready. */
  readyTimeoutMs: number;
  /** Resolves when the program serves. It is raced against the program's end and `signal`. */
  ready(child: RunningChild, signal: AbortSignal): Promise<void>;
}

export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

type LineListener = (line: string, isError: boolean) => void;

export interface RunningChild {
  readonly name: string;
  readonly process: ChildProcess;
  /** Settles once, when the process has ended and its output is read. */
  readonly ended: Promise<ChildEnd>;
  /** Calls back for each line of standard output and standard error. */
  onLine(listener: LineListener): void;
  /** Ends it in good order, by force after the grace (none: at once). */
  stop(): Promise<ChildEnd>;
}

/** "code 1" or "signal SIGKILL". */
export const describeEnd = (end: ChildEnd): string =>
  end.signal ? `signal ${end.signal}` : `exit code ${end.code ?? 'unknown'}`;

function splitLines(child: ChildProcess, listeners: LineListener[]): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    const isError = stream === child.stderr;
    const emit = (line: string): void => listeners.forEach((listener) => listener(line, isError));
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(emit);
    });
    stream?.on('end', () => rest && emit(rest));
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function watchEnd(child: ChildProcess, spec: SpawnSpec, guard: Guard): Promise<ChildEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<ChildEnd>();
  child.once('error', (error) => reject(new Error(`${spec.name} cannot be started: ${error.message}`)));
  child.once('exit', () => {
    signalGroup(child, 'SIGKILL'); // what it started itself and left behind
  });
  child.once('close', (code, signal) => {
    if (child.pid !== undefined) guard.forget(child.pid);
    resolve({ code, signal });
  });
  return promise;
}

/** Starts the program without waiting for readiness. */
export function spawnChild(spec: SpawnSpec & { stopGraceMs?: number }, guard: Guard): RunningChild {
  const listeners: LineListener[] = [];
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env ?? process.env,
    uid: spec.uid,
    gid: spec.gid,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(spec.ipc ? (['ipc'] as const) : [])],
  });
  if (child.pid !== undefined) guard.watch(child.pid, spec.stopSignal.replace(/^SIG/, ''));
  splitLines(child, listeners);
  const ended = watchEnd(child, spec, guard);
  ended.catch(() => undefined); // reported by whoever awaits it; stop() and ready() do

  async function stop(): Promise<ChildEnd> {
    signalGroup(child, spec.stopSignal);
    const force = setTimeout(() => signalGroup(child, 'SIGKILL'), spec.stopGraceMs ?? 0);
    return ended.finally(() => clearTimeout(force));
  }
  return { name: spec.name, process: child, ended, onLine: (listener) => void listeners.push(listener), stop };
}

/** Waits until the program is ready. Rejects when it ends first or takes too long; it is stopped then. */
export async function waitUntilReady(spec: ProcessSpec, child: RunningChild): Promise<void> {
  const lastLines: string[] = [];
  child.onLine((line) => {
    lastLines.push(line);
    if (lastLines.length > 12) lastLines.shift();
  });
  const abort = new AbortController();
  const timeout = setTimeout(
    () => abort.abort(new Error(`${spec.name} was not ready after ${spec.readyTimeoutMs / 1000} s`)),
    spec.readyTimeoutMs,
  );
  const tooLate = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error));
  });
  const endedFirst = child.ended.then((end) => {
    throw new Error(`${spec.name} ended before it was ready (${describeEnd(end)})\n${lastLines.join('\n')}`.trim());
  });
  try {
    await Promise.race([spec.ready(child, abort.signal), tooLate, endedFirst]);
  } catch (error) {
    await child.stop().catch(() => undefined); // it may never have been started, which `error` says
    throw error;
  } finally {
    clearTimeout(timeout);
    endedFirst.catch(() => undefined); // the caller watches `ended` from here on
  }
}

/** Starts the program and waits until it is ready. `onSpawn` gets it before that. */
export async function startChild(
  spec: ProcessSpec,
  guard: Guard,
  onSpawn: (child: RunningChild) => void = () => undefined,
): Promise<RunningChild> {
  const child = spawnChild(spec, guard);
  onSpawn(child);
  await waitUntilReady(spec, child);
  return child;
}

/** A readiness check that waits for a line of output. */
export function lineSeen(pattern: RegExp): ProcessSpec['ready'] {
  return (child) => new Promise((resolve) => child.onLine((line) => pattern.test(line) && resolve()));
}

/** A readiness check that waits for the IPC message `{ type: 'ready' }`. */
export function readyMessage(): ProcessSpec['ready'] {
  return (child) =>
    new Promise((resolve) => {
      child.process.on('message', (message) => {
        if ((message as { type?: unknown }).type === 'ready') resolve();
      });
    });
}
