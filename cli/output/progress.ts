/** A sync as one line that is drawn anew, or as plain lines where nothing can be. */
import type { SyncStatus } from '#client/contract/rest.ts';
import { camelCase, withKeys } from '#domain/shapes/case.ts';
import type { JobRetryView } from '#domain/shapes/sync.ts';
import { isActive, isFinal } from '#domain/sync-states.ts';
import { isWaiting, retryWords } from '#lib/sync/retry-words.ts';
import { tookText, untilText } from '#lib/time/spans.ts';
import type { Environment } from '../environment.ts';
import { cut, plain } from './text.ts';

type Job = NonNullable<SyncStatus['job']>;

const barColumns = 20;
const spins = { unicode: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'], plain: [...'|/-\\'] };

/** `⠋ Reading rentals... (100 so far)  ████████░░░░ 100/137  12 s`; `100/~137` while only the last sync tells how many. */
export function progressLine(job: Job, elapsedMs: number, turn: number, { unicode }: { unicode: boolean }): string {
  const spin = unicode ? spins.unicode : spins.plain;
  const parts = [`${spin[turn % spin.length]} ${plain(job.progress)}`];
  const expected = job.phase === 'reading' ? job.expected?.total : undefined;
  if (job.total) parts.push(`${bar(job.done / job.total, unicode)} ${job.done}/${job.total}`);
  else if (expected)
    parts.push(`${bar(Math.min(job.done / expected, mostExpected), unicode)} ${job.done}/~${expected}`);
  parts.push(tookText(Math.max(0, elapsedMs)));
  return parts.join('  ');
}

/** There may be more than the last time. */
const mostExpected = 0.97;

/** Why it reads once more; null where that was said already. */
function newRetryText({ id, retry }: Job, told: Set<string>, now: number): string | null {
  const which = `${id} ${retry?.attempt} ${retry?.reason}`;
  if (!retry || told.has(which)) return null;
  told.add(which);
  const view = withKeys(retry, camelCase) as JobRetryView;
  const words = retryWords(view, now);
  return plain(isWaiting(view, now) ? inSomeTime(words, Date.parse(view.nextTryAt!) - now) : words);
}

/** The time is New York's, which need not be where one is. */
function inSomeTime(words: string, ms: number): string {
  return words.replace(/\.$/, ` (${untilText(ms)}).`);
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
  const told = new Set<string>();
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
  const say = (line: string) => {
    clear();
    err.write(`${line}\n`);
    draw();
  };
  return {
    show(status) {
      job = isActive(status.job) ? status.job : null;
      if (job && !jobs.has(job.id)) jobs.set(job.id, Date.now());
      const retry = job && newRetryText(job, told, Date.now());
      if (retry) say(retry);
      else if (job) draw();
      else clear();
    },
    say,
    end() {
      clearInterval(timer);
      clear();
    },
  };
}

/** A line for each new phase and each retry, so that a log of hours stays short. */
function plainProgress({ err }: Environment): Progress {
  let last = '';
  const told = new Set<string>();
  return {
    show({ job }) {
      if (!job || isFinal(job)) return;
      const retry = newRetryText(job, told, Date.now());
      if (retry) err.write(`${retry}\n`);
      const step = `${job.id} ${job.phase}`;
      if (step !== last) err.write(`${plain(job.progress)}\n`);
      last = step;
    },
    say: (line) => void err.write(`${line}\n`),
    end: () => undefined,
  };
}
