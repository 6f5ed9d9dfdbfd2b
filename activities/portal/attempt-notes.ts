/** What one attempt writes down for the user: lines of the job's log, and when the next try is. */
import { Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { appendJobLog, noteRetry } from '#db/queries/sync-jobs.ts';
import type { ScrapeFailureDetails, ScrapeRentalsInput } from '#domain/activities.ts';
import { nextAttempt, type FailureKind } from '#domain/failure-kinds.ts';
import type { PortalDeps } from '../deps.ts';
import { PortalError, safeErrorText } from '../failures.ts';
import type { Progress } from './progress.ts';

type LogLine = Pick<Parameters<typeof appendJobLog>[1], 'level' | 'message' | 'data'>;

/** Notes keep their order; a note that cannot be written fails nothing. */
export class AttemptNotes {
  readonly #deps: Pick<PortalDeps, 'orm'>;
  readonly #input: ScrapeRentalsInput;
  readonly #progress: Pick<Progress, 'phase'>;
  readonly #operatorLog = Context.current().log;
  readonly #startedAt = Date.now();
  #written: Promise<void> = Promise.resolve();

  constructor(deps: Pick<PortalDeps, 'orm'>, input: ScrapeRentalsInput, progress: Pick<Progress, 'phase'>) {
    this.#deps = deps;
    this.#input = input;
    this.#progress = progress;
  }

  /** A line of the job's log. */
  log(line: LogLine): void {
    const { userId, jobId } = this.#input;
    const { phase } = this.#progress;
    this.#write(() => appendJobLog(this.#deps.orm.em.fork(), { userId, jobId, phase, ...line }));
  }

  /** When the next try is; null where this failure was the last. The workflow decides it, by the same table. */
  retry({ type, details }: ApplicationFailure, error: unknown): string | null {
    const { userId, jobId, attempt, failures = [], budgetMs } = this.#input;
    const reason = type as FailureKind;
    const { retryAfterMs } = (details?.[0] ?? {}) as ScrapeFailureDetails;
    const remainingMs = this.#startedAt + budgetMs - Date.now();
    const next = nextAttempt([...failures, reason], { remainingMs, retryAfterMs });
    if (!next) return null;
    const httpStatus = (error instanceof PortalError && error.httpStatus) || null;
    const nextTryAt = new Date(Date.now() + next.delayMs).toISOString();
    const retry = { reason, httpStatus, missing: null, attempt: attempt + 1, of: attempt + next.left, nextTryAt };
    this.#write(() => noteRetry(this.#deps.orm.em.fork(), { userId, jobId, attempt, retry }));
    return nextTryAt;
  }

  /** Everything noted so far is written, or never will be. */
  written(): Promise<void> {
    return this.#written;
  }

  #write(what: () => Promise<void>): void {
    this.#written = this.#written.then(what).catch((error: unknown) => {
      this.#operatorLog.warn('A note for the user was not written', { error: safeErrorText(error) });
    });
  }
}
