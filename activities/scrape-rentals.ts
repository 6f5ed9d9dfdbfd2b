/**
 * One attempt at reading a user's rentals from the portal. The browser context, the secrets and the rows live and end
 * here; the workflow gets counts and kinds of failures.
 */
import type { ProgressReport } from '#domain/sync.ts';
import { CancelledFailure, Context } from '@temporalio/activity';
import type { Page } from 'playwright';
import { readJob, recordProgress } from '#db/queries/sync-jobs.ts';
import { acceptPendingCredentials, beginAttempt, type AttemptCredentials } from '#db/queries/portal-accounts.ts';
import { secretContext } from '#db/secrets.ts';
import { policyOf } from '#domain/failure-kinds.ts';
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { isNarrowed } from '#domain/sync-options.ts';
import { isActive } from '#domain/sync-states.ts';
import { isInSpan, spanOf, type SyncSpan } from '#domain/sync-span.ts';
import { reportProgress } from '#workflows/messages.ts';
import type { PortalActivities, ScrapeRentalsInput, ScrapeRentalsResult } from '#domain/activities.ts';
import type { PortalDeps } from './deps.ts';
import { kindOf, PortalError, publicMessage, safeErrorText, scrapeFailure, toScrapeFailure } from './failures.ts';
import { AttemptNotes } from './portal/attempt-notes.ts';
import type { ListObservation } from './portal/page-observations.ts';
import type { ListEnd } from './portal/pages/rentals-page.ts';
import { PortalVisit, type Reading, type VisitOptions } from './portal/portal-visit.ts';
import type { AttemptStops } from './portal/attempt-stops.ts';
import { usualPortalTimeouts, type PortalTimeouts } from './portal/portal-timeouts.ts';
import { Progress } from './portal/progress.ts';
import { RowStore } from './portal/row-store.ts';
import { SessionKeeper } from './portal/session-keeper.ts';
import { settlesWithin } from './portal/settles-within.ts';
import { Staging } from './portal/staging.ts';
import { step } from './portal/step.ts';
import { untilAborted } from '#platform/until-aborted.ts';

/** Builds the activity. `timeouts` is for tests of the portal's slowness. */
export function createScrapeRentals(
  deps: PortalDeps,
  timeouts: PortalTimeouts = usualPortalTimeouts,
): PortalActivities['scrapeRentals'] {
  return async (input) => {
    // Asked for before the database went away, and given to this worker afterwards.
    if (deps.database?.isThere === false)
      throw scrapeFailure('interrupted', 'the database did not answer', { revision: null, notBegun: true });
    return new Attempt(deps, timeouts, input).run();
  };
}

class Attempt {
  readonly #deps: PortalDeps;
  readonly #timeouts: PortalTimeouts;
  readonly #input: ScrapeRentalsInput;
  readonly #context = Context.current();
  readonly #stop: ReturnType<AttemptStops['during']> | undefined;
  readonly #cancelled: AbortSignal;
  readonly #timeUp: AbortSignal;
  /** Nothing of the attempt is waited for after this. */
  readonly #end: AbortSignal;
  readonly #progress: Progress;
  readonly #notes: AttemptNotes;
  readonly #rows: RowStore;
  readonly #staging: Staging;
  readonly #span: SyncSpan | null;
  #revision: number | null = null;

  constructor(deps: PortalDeps, timeouts: PortalTimeouts, input: ScrapeRentalsInput) {
    this.#deps = deps;
    this.#timeouts = timeouts;
    this.#input = input;
    this.#stop = deps.stops?.during(input.jobId, input.attempt);
    const { cancellationSignal } = this.#context;
    this.#cancelled = this.#stop ? AbortSignal.any([cancellationSignal, this.#stop.signal]) : cancellationSignal;
    this.#timeUp = AbortSignal.timeout(Math.max(0, input.budgetMs - marginMs(input.budgetMs)));
    this.#end = AbortSignal.any([this.#cancelled, AbortSignal.timeout(input.budgetMs)]);
    this.#progress = this.#startProgress();
    this.#notes = new AttemptNotes(deps, input, this.#progress);
    this.#rows = new RowStore(deps.config.PORTAL_URL);
    this.#staging = new Staging(deps.orm, input);
    this.#span = spanOf(input.options, new Date());
  }

  async run(): Promise<ScrapeRentalsResult> {
    this.#progress.report('initializing');
    try {
      return await this.#attempt();
    } catch (error) {
      throw await this.#failure(error);
    } finally {
      this.#stop?.end();
      // A connection that has fallen silent holds nobody up: what it owes belongs to an attempt that is over.
      await settlesWithin(
        settleMs,
        Promise.all([this.#progress.stop(), this.#staging.settled(), this.#notes.written()]),
      );
    }
  }

  async #attempt(): Promise<ScrapeRentalsResult> {
    this.#staging.clear();
    // The page is opened meanwhile.
    const preparing = step('prepare', () => this.#prepare());
    preparing.catch(() => undefined); // whoever reads is told, as soon as there is a page
    const reading = await this.#read(preparing);
    const account = await preparing;
    await step('store what was read', () => {
      this.#staging.add(this.#wanted());
      return untilAborted(this.#end, this.#staging.done());
    });
    return this.#result(account, reading);
  }

  async #prepare(): Promise<AttemptCredentials> {
    const ready = Promise.all([this.#begin(), this.#deps.browsers.warmUp()]);
    const { database } = this.#deps;
    const until = database ? AbortSignal.any([this.#untilTimeUp(), database.away]) : this.#untilTimeUp();
    const [account] = await untilAborted(until, ready).catch((error: unknown) => {
      if (error === this.#timeUp.reason) throw tooLate(error);
      throw error;
    });
    return account;
  }

  async #begin(): Promise<AttemptCredentials> {
    const { options } = this.#input;
    const account = await beginAttempt(this.#deps.orm.em.fork(), {
      ...this.#input,
      dryRun: options.dryRun,
      narrowed: isNarrowed(options),
    });
    if (account) return account;
    throw await this.#whyNot();
  }

  /** Only a job that is over, or has no credentials any more, was given up by its user. */
  async #whyNot(): Promise<PortalError> {
    const { userId, jobId, attempt } = this.#input;
    const job = await readJob(this.#deps.orm.em.fork(), userId, jobId);
    // The database, or Temporal's, was restored from a backup.
    if (!job) return new PortalError('interrupted', 'the job is not there', { retryAfterMs: notThisSyncMs });
    if (isActive(job) && job.attempt > attempt)
      return new PortalError('interrupted', 'a later attempt of the job has begun');
    return new PortalError('cancelled', 'the job is no longer active, or no portal account is connected');
  }

  /** Reads until the end of the list or of the time; rows that were read before the time was up are kept. */
  async #read(preparing: Promise<AttemptCredentials>): Promise<Reading> {
    try {
      return await this.#deps.browsers.withPage(this.#untilTimeUp(), (page) => this.#visit(page, preparing), {
        portalUrl: this.#deps.config.PORTAL_URL,
        onFailure: (page, error) => this.#keepPage(page, error),
      });
    } catch (error) {
      await preparing; // without it there is nothing to read, whatever became of the page
      if (error !== this.#timeUp.reason) throw error;
      if (this.#rows.size > 0) return { kind: 'incomplete', reason: 'the time was up' };
      throw tooLate(error);
    }
  }

  #untilTimeUp(): AbortSignal {
    return AbortSignal.any([this.#cancelled, this.#timeUp]);
  }

  async #visit(page: Page, preparing: Promise<AttemptCredentials>): Promise<Reading> {
    const entering = preparing.then((account) => this.#enter(page, account));
    const visit = await PortalVisit.open(
      page,
      this.#deps.config.PORTAL_URL,
      entering.then(({ options }) => options),
    );
    const { account, session } = await entering;
    for (;;) {
      const list = await step('open the list', () => visit.openList());
      const end = list && (await step('read the list', () => this.#readList(visit, list, session)));
      if (end && end.kind !== 'signed_out') return end;
      if (visit.signedIn) await step('enter again', () => visit.reenter());
      else await step('sign in', () => this.#signIn(visit, account));
    }
  }

  /** The attempt has begun: how the portal is visited for this account. */
  async #enter(page: Page, account: AttemptCredentials) {
    this.#revision = account.revision;
    this.#progress.report('connecting');
    const session = new SessionKeeper(this.#deps, page.context(), this.#input.userId, account);
    // Whether the portal takes credentials on trial shows only where it is asked.
    const useSession = !this.#input.options.freshSession && !account.pendingCredentials;
    const hasSession = await step('restore the session', () => session.restore(useSession));
    const options: VisitOptions = {
      hasSession,
      rows: this.#rows,
      from: this.#span?.from ?? null,
      timeouts: this.#timeouts,
      listener: {
        onRestart: () => this.#staging.clear(),
        onRows: (rows, counts) => {
          // Which of them are wanted is known once all dates can be read.
          if (this.#span === null) this.#staging.add(rows);
          this.#progress.report('reading', counts);
        },
      },
    };
    return { account, session, options };
  }

  async #readList(visit: PortalVisit, list: ListObservation, session: SessionKeeper): Promise<ListEnd> {
    this.#progress.report('reading');
    await session.keep(); // now, as the reading may be cut off
    const end = await visit.read(list);
    if (end.kind !== 'signed_out') await session.keep();
    return end;
  }

  async #signIn(visit: PortalVisit, account: AttemptCredentials): Promise<void> {
    this.#progress.report('signing_in');
    const message = visit.hadSession ? 'The saved session has ended; signing in.' : 'Signing in.';
    this.#notes.log({ level: 'info', message });
    await visit.signIn({ username: account.username, password: this.#password(account) });
    this.#notes.log({ level: 'info', message: 'Signed in.' });
    if (account.pendingCredentials) await step('accept the sign-in', () => this.#accept(account));
  }

  /** Whoever saved other credentials meanwhile waits for a sync with those; what this one reads is not theirs. */
  async #accept({ revision }: AttemptCredentials): Promise<void> {
    const { userId } = this.#input;
    if (await acceptPendingCredentials(this.#deps.orm.em.fork(), { userId, revision }))
      return this.#notes.log({ level: 'info', message: 'Gibney accepted the new sign-in; it is saved.' });
    throw new PortalError('interrupted', 'the credentials on trial were replaced');
  }

  /** Keeps the page of a failure that operators look into. */
  async #keepPage(page: Page, error: unknown): Promise<void> {
    const kind = kindOf(error);
    if (this.#revision === null || !policyOf(kind).keepsPage) return;
    const { jobId, attempt } = this.#input;
    await this.#deps.artifacts?.keep(page, { jobId, attempt, kind }, this.#cancelled);
  }

  #password({ passwordSealed, portalAccountId }: AttemptCredentials): string {
    return this.#deps.secrets.open(passwordSealed, secretContext.portalPassword(portalAccountId));
  }

  /** The rows of the span that was asked for. */
  #wanted(): StagedRental[] {
    const span = this.#span;
    const rows = this.#rows.all();
    return span ? rows.filter(({ startsAt }) => isInSpan(span, startsAt)) : rows;
  }

  #result({ revision }: AttemptCredentials, reading: Reading): ScrapeRentalsResult {
    const rows = this.#wanted();
    const unreadable = rows.filter(({ problem }) => problem !== null);
    const wholePart = reading.kind === 'complete';
    const complete = wholePart && this.#span === null;
    for (const { name, problem } of unreadable.slice(0, 20)) {
      this.#notes.log({
        level: 'warn',
        message: publicMessage(`Not all of ${name || 'a row'} could be read: ${problem}.`),
        data: { name },
      });
    }
    if (reading.kind === 'incomplete') {
      this.#notes.log({ level: 'warn', message: publicMessage(`The list is not complete: ${reading.reason}.`) });
    }
    this.#notes.log({ level: 'info', message: `Read ${rows.length} rentals.`, data: { complete } });
    const { attempt } = this.#input;
    return {
      attempt,
      count: rows.length,
      complete,
      ...(this.#span && { partRead: wholePart }),
      unreadable: unreadable.length,
      revision,
    };
  }

  async #failure(error: unknown): Promise<unknown> {
    if (this.#cancelled.aborted) {
      const reason: unknown = this.#cancelled.reason;
      return reason instanceof PortalError ? toScrapeFailure(reason, this.#revision) : reason;
    }
    if (error instanceof CancelledFailure) return error;
    const late = this.#end.aborted && error === this.#end.reason;
    const failure = toScrapeFailure(
      late ? new PortalError('timed_out', 'the rows were not stored in time') : error,
      this.#revision,
    );
    const note = error instanceof PortalError ? error.operatorNote : undefined;
    this.#context.log.warn('Attempt failed', { kind: failure.type, error: safeErrorText(error), note });
    const data = { nextTryAt: this.#notes.retry(failure, error) };
    this.#notes.log({ level: 'error', message: publicMessage(`The attempt failed: ${failure.message}.`), data });
    return failure;
  }

  #startProgress(): Progress {
    const { client, info, log } = this.#context;
    const { userId, jobId, attempt } = this.#input;
    const workflow = client.workflow.getHandle(info.workflowExecution!.workflowId);
    return new Progress({
      jobId,
      attempt,
      begin: (report) =>
        client.withAbortSignal(AbortSignal.any([this.#end, AbortSignal.timeout(reportMs)]), () =>
          workflow.signal(reportProgress, report),
        ),
      announce: (report) => this.#announce(report),
      heartbeat: ({ phase, done, total }) => this.#context.heartbeat({ phase, done, total }),
      onError: (error) => {
        if (!this.#cancelled.aborted) log.warn('Progress was not reported', { userId, error: safeErrorText(error) });
      },
    });
  }

  async #announce(report: ProgressReport): Promise<void> {
    await recordProgress(this.#deps.orm.em.fork(), { userId: this.#input.userId, ...report });
  }
}

function tooLate(cause: unknown): PortalError {
  return new PortalError('timed_out', 'the time was up before a rental was read', { cause });
}

/** Longer than any sync may take. */
const notThisSyncMs = 24 * 60 * 60_000;

/** A report that is not taken in time is covered by the next one. */
const reportMs = 5_000;
const settleMs = 5_000;

/** What is left of the budget for staging the last rows and saying so. */
function marginMs(budgetMs: number): number {
  return Math.min(5_000, budgetMs / 5);
}
