/** A child process that is kept running: when it ends by itself it is started again, later and later. */
import { describeEnd, startChild, type ProcessSpec, type RunningChild } from './child.ts';
import type { Guard } from './guard.ts';

const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
/** A service that ran this long starts with the first delay again. */
const steadyMs = 60_000;

export interface Service {
  readonly name: string;
  /** Starts it; resolves when it is ready for the first time and rejects if that fails. To be called once. */
  start(): Promise<void>;
  /** Ends it in good order and keeps it down. */
  stop(): Promise<void>;
  /** Ends it and starts it again at once. */
  restart(): Promise<void>;
}

export interface ServiceOptions {
  name: string;
  guard: Guard;
  /** Called before each start; may repair what the last end left. */
  prepare(): Promise<ProcessSpec>;
  /** One line for the console. */
  say(line: string): void;
  onLine(line: string): void;
}

/** A service that is not started yet. */
export function createService(options: ServiceOptions): Service {
  const { name, say } = options;
  let child: RunningChild | undefined;
  let pending: NodeJS.Timeout | undefined;
  let stopping = false;
  let delayMs = firstDelayMs;
  /** Raised by each restart, so that an earlier one that fails late does not start anything. */
  let generation = 0;

  async function start(): Promise<void> {
    const spec = await options.prepare();
    if (stopping) throw new Error(`${name} is stopped`);
    const startedChild = await startChild(spec, options.guard, (started) => {
      child = started;
      started.onLine(options.onLine);
    });
    const readyAt = Date.now();
    void startedChild.ended.then((end) => {
      if (stopping || child !== startedChild) return;
      if (Date.now() - readyAt > steadyMs) delayMs = firstDelayMs;
      startAgain(`ended (${describeEnd(end)})`);
    });
  }

  function startAgain(reason: string): void {
    say(`${name} ${reason}; starting it again in ${delayMs / 1_000} s`);
    pending = setTimeout(() => {
      start().then(
        () => say(`${name} runs again`),
        (error: Error) => stopping || startAgain(`did not start: ${error.message.split('\n')[0]}`),
      );
    }, delayMs);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
  }

  async function end(): Promise<void> {
    clearTimeout(pending);
    const current = child;
    child = undefined;
    await current?.stop();
  }

  return {
    name,
    start,
    async stop() {
      stopping = true;
      await end();
    },
    async restart() {
      const mine = ++generation;
      await end();
      delayMs = firstDelayMs;
      await start().catch((error: Error) => {
        if (mine === generation && !stopping) startAgain(`did not start: ${error.message.split('\n')[0]}`);
      });
    },
  };
}
