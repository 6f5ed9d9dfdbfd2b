/**
 * One attempt at reading a user's rentals from the portal. The browser context, the secrets and the rows live and end
 * here; the workflow gets counts and kinds of failures.
 */
import type { ProgressReport } from '#domain/sync.ts';
import { CancelledFailure, Context } from '@temporalio/activity';
import type { BrowserContext, Page } from 'playwright';
import { appendJobLog, recordProgress, notifyStatusChanged } from '#db/queries/sync-jobs.ts';
import {
  acceptTrialCredentials,
  beginAttempt,
  deletePortalSession,
  savePortalSession,
  type AttemptCredentials,
} from '#db/queries/portal-accounts.ts';
import { SecretsError, secretContext } from '#db/secrets.ts';
import { policyOf } from '#domain/failure-kinds.ts';
import { reportProgress } from '#workflows/messages.ts';
import type { PortalActivities, ScrapeRentalsInput, ScrapeRentalsResult } from '#domain/activities.ts';
import type { PortalDeps } from './deps.ts';
import { PortalProblem, publicMessage, toScrapeFailure } from './failures.ts';
import { visitPortal, type Reading } from './portal/portal-visit.ts';
import { usualPortalTimeouts, type PortalTimeouts } from './portal/portal-timeouts.ts';
import { Progress } from './portal/progress.ts';
import { RowStore } from './portal/row-store.ts';
import { parseSession, serializeSession, sessionChanged, type SessionCookie } from './portal/session.ts';
import { Staging } from './portal/staging.ts';

type LogLine = Pick<Parameters<typeof appendJobLog>[1], 'level' | 'message' | 'data'>;

/** Builds the activity. `timeouts` is for tests of the portal's slowness. */
export function createScrapeRentals(
  deps: PortalDeps,
  timeouts: PortalTimeouts = usualPortalTimeouts,
): PortalActivities['scrapeRentals'] {
  return (input) => new Attempt(deps, timeouts, input).run();
}

class Attempt {
  readonly #deps: PortalDeps;
  readonly #timeouts: PortalTimeouts;
  readonly #input: ScrapeRentalsInput;
  readonly #context = Context.current();
  readonly #cancelled: AbortSignal;
  readonly #timeUp: AbortSignal;
  readonly #progress: Progress;
  readonly #rows: RowStore;
  readonly #staging: Staging;
  #logged: Promise<void> = Promise.resolve();
  #revision: number | null = null;
  /** Why the visit failed, once its page was looked at: the time or the browser may have ended over that. */
  #failedAs: Error | null = null;

  constructor(deps: PortalDeps, timeouts: PortalTimeouts, input: ScrapeRentalsInput) {
    this.#deps = deps;
    this.#timeouts = timeouts;
    this.#input = input;
    this.#cancelled = this.#context.cancellationSignal;
    this.#timeUp = AbortSignal.timeout(Math.max(0, input.budgetMs - marginMs(input.budgetMs)));
    this.#progress = this.#startProgress();
    this.#rows = new RowStore(deps.config.PORTAL_URL);
    this.#staging = new Staging(deps.orm, input);
  }

  async run(): Promise<ScrapeRentalsResult> {
    this.#progress.report('initializing');
    try {
      return await this.#attempt();
    } catch (error) {
      throw await this.#failure(error);
    } finally {
      await Promise.all([this.#progress.stop(), this.#staging.settled(), this.#logged]);
    }
  }

  async #attempt(): Promise<ScrapeRentalsResult> {
    this.#staging.clear();
    const [account] = await Promise.all([this.#begin(), this.#deps.browsers.warmUp()]);
    this.#revision = account.revision;
    this.#progress.report('connecting');
    const reading = await this.#read(account);
    this.#staging.add(this.#rows.all());
    await this.#staging.done();
    return this.#result(account, reading);
  }

  async #begin(): Promise<AttemptCredentials> {
    const account = await beginAttempt(this.#deps.orm.em.fork(), this.#input);
    if (account) return account;
    throw new PortalProblem('cancelled', 'the job is no longer active, or no portal account is connected');
  }

  /** Reads until the end of the list or of the time; rows that were read before the time was up are kept. */
  async #read(account: AttemptCredentials): Promise<Reading> {
    const signal = AbortSignal.any([this.#cancelled, this.#timeUp]);
    try {
      return await this.#deps.browsers.withPage(signal, (page) => this.#visit(page, account));
    } catch (error) {
      if (this.#failedAs !== null && !this.#cancelled.aborted) throw this.#failedAs;
      if (this.#cancelled.aborted || !this.#timeUp.aborted) throw error;
      if (this.#rows.size > 0) return { kind: 'incomplete', reason: 'the time was up' };
      throw new PortalProblem('timed_out', 'the time was up before a rental was read', { cause: error });
    }
  }

  async #visit(page: Page, account: AttemptCredentials): Promise<Reading> {
    const context = page.context();
    const saved = this.#savedSession(account);
    if (saved.cookies.length > 0) await context.addCookies(saved.cookies);
    const keeper = new SessionKeeper(this.#deps, this.#input.userId, account, saved.text);
    let accepted = Promise.resolve();
    const keep = () => keeper.keep(context).catch((error: unknown) => this.#sessionLost(error));
    let keeping = Promise.resolve();
    const reading = await visitPortal(page, {
      portalUrl: this.#deps.config.PORTAL_URL,
      credentials: { username: account.username, password: this.#open(account.passwordSealed, account) },
      hasSession: saved.cookies.length > 0,
      rows: this.#rows,
      timeouts: this.#timeouts,
      observer: {
        onSignIn: () => this.#signingIn(saved.cookies.length > 0),
        onSignedIn: () => {
          this.#log({ level: 'info', message: 'Signed in.' });
          if (account.onTrial) accepted = this.#accept(account);
          // It is awaited below, at the latest when the visit has ended.
          accepted.catch(() => undefined);
        },
        onList: () => {
          this.#progress.report('reading');
          keeping = accepted.then(keep, () => undefined);
        },
        onRestart: () => this.#staging.clear(),
        onRows: (rows, counts) => {
          this.#staging.add(rows);
          this.#progress.report('reading', counts);
        },
      },
    }).catch(async (error: unknown) => {
      await accepted;
      if (this.#progress.phase === 'signing_in') await keeper.forget();
      await this.#keepPage(page, error);
      throw error;
    });
    await accepted;
    await keeping.then(keep);
    return reading;
  }

  /** Whoever saved other credentials meanwhile waits for a sync with those; what this one reads is not theirs. */
  async #accept({ revision }: AttemptCredentials): Promise<void> {
    const { userId } = this.#input;
    if (await acceptTrialCredentials(this.#deps.orm.em.fork(), { userId, revision }))
      return this.#log({ level: 'info', message: 'Gibney accepted the new sign-in; it is saved.' });
    throw new PortalProblem('interrupted', 'the credentials on trial were replaced');
  }

  /** Keeps the page of a failure that operators look into. A browser that was lost is no such failure. */
  async #keepPage(page: Page, error: unknown): Promise<void> {
    const { artifacts } = this.#deps;
    const unexpected = !(error instanceof PortalProblem);
    if (!artifacts || this.#cancelled.aborted || this.#timeUp.aborted) return;
    if (!unexpected && !policyOf(error.kind).keepsPage) return;
    const { jobId, attempt } = this.#input;
    const kind = unexpected ? 'internal' : error.kind;
    await artifacts.keep(page, { jobId, attempt, kind }, this.#cancelled);
    if (error instanceof Error && (!unexpected || page.context().browser()?.isConnected())) this.#failedAs = error;
  }

  /** The next sync signs in again; that is no reason to fail this one. */
  #sessionLost(error: unknown): void {
    if (!this.#cancelled.aborted) this.#context.log.warn('The session was not kept', { error: described(error) });
  }

  #signingIn(hadSession: boolean): void {
    this.#progress.report('signing_in');
    const message = hadSession ? 'The saved session has ended; signing in.' : 'Signing in.';
    this.#log({ level: 'info', message });
  }

  #savedSession(account: AttemptCredentials): { text: string | null; cookies: SessionCookie[] } {
    if (account.sessionSealed === null || this.#input.options.freshSession) return { text: null, cookies: [] };
    const place = secretContext.portalSession(account.portalAccountId);
    try {
      const text = this.#deps.secrets.open(account.sessionSealed, place);
      return { text, cookies: parseSession(text) };
    } catch (error) {
      if (!(error instanceof SecretsError)) throw error;
      this.#context.log.warn('The saved session cannot be opened', { error: described(error) });
      return { text: null, cookies: [] };
    }
  }

  #open(sealed: string, { portalAccountId }: AttemptCredentials): string {
    return this.#deps.secrets.open(sealed, secretContext.portalPassword(portalAccountId));
  }

  #result({ revision }: AttemptCredentials, reading: Reading): ScrapeRentalsResult {
    const rows = this.#rows.all();
    const unreadable = rows.filter(({ problem }) => problem !== null);
    const complete = reading.kind === 'complete';
    for (const { name, problem } of unreadable.slice(0, 20)) {
      this.#log({
        level: 'warn',
        message: publicMessage(`${name || 'A row'} could not be read: ${problem}.`),
        data: { name },
      });
    }
    if (reading.kind === 'incomplete') {
      this.#log({ level: 'warn', message: publicMessage(`The list is not complete: ${reading.reason}.`) });
    }
    this.#log({ level: 'info', message: `Read ${rows.length} rentals.`, data: { complete } });
    const { attempt } = this.#input;
    return { attempt, count: rows.length, complete, unreadable: unreadable.length, revision };
  }

  async #failure(error: unknown): Promise<unknown> {
    if (this.#cancelled.aborted) return this.#cancelled.reason;
    if (error instanceof CancelledFailure) return error;
    const failure = toScrapeFailure(error, this.#revision);
    this.#context.log.warn('Attempt failed', { kind: failure.type, error: described(error) });
    this.#log({ level: 'error', message: publicMessage(`The attempt failed: ${failure.message}.`) });
    return failure;
  }

  /** A line of the job's log, for the user. Lines keep their order; one that cannot be written fails nothing. */
  #log(line: LogLine): void {
    const { userId, jobId } = this.#input;
    const { phase } = this.#progress;
    this.#logged = this.#logged
      .then(() => appendJobLog(this.#deps.orm.em.fork(), { userId, jobId, phase, ...line }))
      .catch((error: unknown) => {
        this.#context.log.warn('A log line was not written', { error: described(error) });
      });
  }

  #startProgress(): Progress {
    const { client, info, log } = this.#context;
    const { userId, jobId, attempt } = this.#input;
    const workflow = client.workflow.getHandle(info.workflowExecution!.workflowId);
    return new Progress({
      jobId,
      attempt,
      send: (report) => workflow.signal(reportProgress, report),
      announce: (report) => this.#announce(report),
      heartbeat: ({ phase, done, total }) => this.#context.heartbeat({ phase, done, total }),
      onError: (error) => {
        if (!this.#cancelled.aborted) log.warn('Progress was not reported', { userId, error: described(error) });
      },
    });
  }

  async #announce(report: ProgressReport): Promise<void> {
    const em = this.#deps.orm.em.fork();
    if (report.phase === 'initializing') await notifyStatusChanged(em, this.#input.userId);
    else await recordProgress(em, { userId: this.#input.userId, ...report });
  }
}

/** Keeps the portal's session for the next sync, while the credentials are those that it was made with. */
class SessionKeeper {
  readonly #deps: PortalDeps;
  readonly #userId: string;
  readonly #account: AttemptCredentials;
  #before: string | null;

  constructor(deps: PortalDeps, userId: string, account: AttemptCredentials, before: string | null) {
    this.#deps = deps;
    this.#userId = userId;
    this.#account = account;
    this.#before = before;
  }

  async keep(context: BrowserContext): Promise<void> {
    const session = serializeSession(await context.cookies());
    if (!sessionChanged(this.#before, session)) return;
    const { portalAccountId, revision } = this.#account;
    const sessionSealed = this.#deps.secrets.seal(session, secretContext.portalSession(portalAccountId));
    await savePortalSession(this.#deps.orm.em.fork(), { userId: this.#userId, revision, sessionSealed });
    this.#before = session;
  }

  /** The portal no longer knows it. */
  async forget(): Promise<void> {
    if (this.#before === null) return;
    await deletePortalSession(this.#deps.orm.em.fork(), { userId: this.#userId, revision: this.#account.revision });
  }
}

/** What is left of the budget for staging the last rows and saying so. */
function marginMs(budgetMs: number): number {
  return Math.min(5_000, budgetMs / 5);
}

/** An error for the worker's log, without what libraries append to their messages: addresses, page text, call logs. */
function described(error: unknown): string {
  return error instanceof Error ? publicMessage(`${error.name}: ${error.message.split('\n')[0]}`) : typeof error;
}
