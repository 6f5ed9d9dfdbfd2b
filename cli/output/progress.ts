/** A sync as one line that is drawn anew, or as plain lines where nothing can be. */
import type { SyncStatus } from '#client/contract/rest.ts';
import { isActive, isFinal } from '#domain/sync-states.ts';
import { tookText } from '#lib/time/spans.ts';
import type { Environment } from '../environment.ts';
import { cut, plain } from './text.ts';

type Job = NonNullable<SyncStatus['job']>;

const barColumns = 20;
const spins = { unicode: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'], plain: [...'|/-\\'] };

/** `⠋ Reading rentals... (100 so far)  ████████░░░░ 100/137  12 s` */
export function progressLine(job: Job, elapsedMs: number, turn: number, { unicode }: { unicode: boolean }): string {
  const spin = unicode ? spins.unicode : spins.plain;
  const parts = [`${spin[turn % spin.length]} ${plain(job.progress)}`];
  if (job.total) parts.push(`${bar(job.done / job.total, unicode)} ${job.done}/${job.total}`);
  parts.push(tookText(Math.max(0, elapsedMs)));
  return parts.join('  ');
}

function bar(fraction: number, unicode: boolean): string {
  const full = Math.round(Math.min(1, fraction) * barColumns);
  const [done, open] = unicode ? ['█', '░'] : ['#', '.'];
  return done.repeat(full) + open.repeat(barColumns - full);
}

export interface Progress {
  show(status: SyncStatus): void;
  /** A line that stays, above the one that moves. */
  say(line: string): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

const frameMs = 100;

/** Takes `now` from the caller's clock, not from the service's, so that a clock that is wrong does no harm. */
export function showProgress(environment: Environment): Progress {
  return environment.isLive ? liveProgress(environment) : plainProgress(environment);
}

function liveProgress({ err, unicode }: Environment): Progress {
  const jobs = new Map<string, number>();
  let job: Job | null = null;
  let turn = 0;
  const clear = () => err.write('\r\u001b[K');
  const draw = () => {
    if (!job) return;
    const line = progressLine(job, Date.now() - jobs.get(job.id)!, turn, { unicode });
    err.write(`\r${cut(line, (err.columns || 80) - 1, unicode ? '…' : '.')}\u001b[K`);
  };
  const timer = setInterval(() => {
    turn += 1;
    draw();
  }, frameMs);
  return {
    show(status) {
      job = isActive(status.job) ? status.job : null;
      if (job && !jobs.has(job.id)) jobs.set(job.id, Date.now());
      if (job) draw();
      else clear();
    },
    say(line) {
      clear();
      err.write(`${line}\n`);
      draw();
    },
    end() {
      clearInterval(timer);
      clear();
    },
  };
}

/** A line for each new phase, so that a log of hours stays short. */
function plainProgress({ err }: Environment): Progress {
  let last = '';
  return {
    show({ job }) {
      if (!job || isFinal(job)) return;
      const step = `${job.id} ${job.phase}`;
      if (step !== last) err.write(`${plain(job.progress)}\n`);
      last = step;
    },
    say: (line) => void err.write(`${line}\n`),
    end: () => undefined,
  };
}
