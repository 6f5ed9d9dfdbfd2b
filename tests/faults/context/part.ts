/** One process of the service under test, which a case can kill, stop, freeze and start again. */
import { appendFileSync } from 'node:fs';
import { describeEnd, startChild, type ChildEnd, type ProcessSpec, type RunningChild } from '#scripts/lib/child.ts';
import type { Guard } from '#scripts/lib/guard.ts';
import { descendants, signalAll } from './processes.ts';

export class Part {
  readonly name: string;
  readonly #guard: Guard;
  readonly #prepare: () => Promise<ProcessSpec>;
  readonly #logFile: string;
  /** Ends that no case asked for. */
  readonly surprises: string[] = [];
  #child: RunningChild | null = null;
  #expected = false;

  constructor(
    name: string,
    { guard, prepare, logFile }: { guard: Guard; prepare: () => Promise<ProcessSpec>; logFile: string },
  ) {
    this.name = name;
    this.#guard = guard;
    this.#prepare = prepare;
    this.#logFile = logFile;
  }

  get pid(): number {
    const pid = this.#child?.process.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return pid;
  }

  get runs(): boolean {
    return this.#child !== null;
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    if (this.#child) return;
    this.#expected = false;
    const child = await startChild(await this.#prepare(), this.#guard, (started) =>
      started.onLine((line) => appendFileSync(this.#logFile, `${line}\n`)),
    );
    this.#child = child;
    void child.ended.then((end) => {
      if (this.#child !== child) return;
      this.#child = null;
      if (!this.#expected) this.surprises.push(`${this.name} ended by itself (${describeEnd(end)})`);
    });
  }

  /** kill -9 of this one process; what it started is not told. It stays down. */
  async kill(): Promise<void> {
    await this.#end((child) => process.kill(child.process.pid!, 'SIGKILL'));
  }

  /** kill -9 of the process and of all that it started, as when a machine goes. It stays down. */
  async killAll(): Promise<void> {
    await this.#end((child) => signalAll([{ pid: child.process.pid! }, ...descendants(child.process.pid!)], 'SIGKILL'));
  }

  /** SIGTERM to this one process. The answer resolves with how it ended, which may take its grace. */
  terminate(): Promise<ChildEnd> {
    return this.#end((child) => process.kill(child.process.pid!, 'SIGTERM'));
  }

  /** In good order, by force after the grace. */
  async stop(): Promise<void> {
    this.#expected = true;
    await this.#child?.stop();
    this.#child = null;
  }

  /** Stops time for it and for all that it started. The answer lets it go on. */
  freeze(): () => void {
    const frozen = [{ pid: this.pid }, ...descendants(this.pid)];
    signalAll(frozen, 'SIGSTOP');
    return () => signalAll(frozen, 'SIGCONT');
  }

  async #end(injectFault: (child: RunningChild) => void): Promise<ChildEnd> {
    const child = this.#child;
    if (!child) throw new Error(`${this.name} does not run`);
    this.#expected = true;
    injectFault(child);
    const end = await child.ended;
    this.#child = null;
    return end;
  }
}
