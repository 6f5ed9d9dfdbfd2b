/** One attempt at reading the portal, with the real database and browser, and a workflow that only listens. */
import type { ProgressReport } from '#domain/sync.ts';
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import type { ScrapeFailureDetails, ScrapeRentalsInput, ScrapeRentalsResult } from '#domain/activities.ts';
import type { PortalDeps } from '#activities/deps.ts';
import { createBrowserPool, type BrowserPool } from '#activities/portal/browser-pool.ts';
import type { PortalTimeouts } from '#activities/portal/portal-timeouts.ts';
import { createScrapeRentals } from '#activities/scrape-rentals.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { savePortalCredentials } from '#db/queries/portal-accounts.ts';
import { rows, sql } from '../../support/sql.ts';
import { defaults, makeUser, secrets, useDatabase } from '#tests/db/fixtures.ts';
import { chromiumLaunch } from '#tests/support/index.ts';

/** Long enough for this machine, short enough that a test of a portal which never answers ends soon. */
export const shortPortalTimeouts: PortalTimeouts = {
  documentMs: 4_000,
  contentMs: 4_000,
  linkMs: 1_500,
  clickResponseMs: 600,
  signInMs: 4_000,
  verdictMs: 2_000,
  quietMs: 2_000,
  settleMs: 300,
};

export interface StagedRow {
  ordinal: number;
  record_id: string | null;
  name: string;
  starts_at: string | null;
  ends_at: string | null;
  studio: string;
  price_cents: number | null;
  status: string;
  location: string;
  record_url: string;
  problem: string | null;
}

export const silentLog = { info: () => undefined, warn: () => undefined };

/** A browser pool for the test file. */
export function useBrowsers(): () => BrowserPool {
  let pool: BrowserPool;
  beforeAll(async () => {
    pool = createBrowserPool({ ...chromiumLaunch(), log: silentLog });
    await pool.warmUp();
  });
  afterAll(() => pool.close());
  return () => pool;
}

export interface Dancer {
  userId: string;
  username: string;
  password: string;
}

export interface Attempt {
  /** Ends as the activity does; a failure of the activity is returned as a value. */
  outcome: Promise<ScrapeRentalsResult | ApplicationFailure>;
  jobId: string;
  reports: ProgressReport[];
  heartbeats: unknown[];
  /** What the worker's log says. */
  logged: LogEntry[];
  cancel: MockActivityEnvironment['cancel'];
}

/** Everything that a file of scrape tests needs. `answers` is how long Temporal takes for a report. */
export function useScrape(
  further: () => Partial<PortalDeps> = () => ({}),
  answers: () => Promise<void> = async () => undefined,
) {
  const database = useDatabase();
  const browsers = useBrowsers();

  async function connect(username: string, password: string): Promise<Dancer> {
    const userId = await makeUser(database.em());
    await savePortalCredentials(database.em(), secrets, { userId, username, password });
    return { userId, username, password };
  }

  async function openJob(userId: string): Promise<string> {
    const jobId = randomUUID();
    const job = { userId, jobId, triggeredManually: true, holdUntil: null };
    await openSyncJob(database.em(), job, defaults);
    return jobId;
  }

  /** Starts an attempt; a new job unless `input` names one. */
  async function start(
    portalUrl: string,
    { userId }: Dancer,
    input: Partial<ScrapeRentalsInput> = {},
    timeouts: PortalTimeouts = shortPortalTimeouts,
  ): Promise<Attempt> {
    const jobId = input.jobId ?? (await openJob(userId));
    const reports: ProgressReport[] = [];
    const heartbeats: unknown[] = [];
    const logged: LogEntry[] = [];
    const environment = new MockActivityEnvironment(
      { workflowExecution: { workflowId: `sync:${userId}`, runId: randomUUID() } },
      {
        client: listeningClient(`sync:${userId}`, reports, answers),
        logger: new DefaultLogger('INFO', (entry) => logged.push(entry)),
      },
    );
    environment.on('heartbeat', (details) => heartbeats.push(details));
    const given: PortalDeps = { config: { PORTAL_URL: portalUrl }, orm: database.orm(), secrets, browsers: browsers() };
    const deps = { ...given, ...further() };
    const activity = createScrapeRentals(deps, timeouts);
    const asked = { userId, jobId, attempt: 1, budgetMs: 60_000, options: {}, ...input };
    const run = environment.run<[ScrapeRentalsInput], ScrapeRentalsResult, typeof activity>(activity, asked);
    const outcome = run.catch((error: unknown) => {
      if (error instanceof ApplicationFailure) return error;
      throw error;
    });
    return { outcome, jobId, reports, heartbeats, logged, cancel: environment.cancel };
  }

  /** Runs an attempt that is expected to bring rentals. */
  async function read(
    portalUrl: string,
    dancer: Dancer,
    input?: Partial<ScrapeRentalsInput>,
    timeouts?: PortalTimeouts,
  ) {
    const attempt = await start(portalUrl, dancer, input, timeouts);
    const result = await attempt.outcome;
    if (result instanceof ApplicationFailure) throw result;
    return { ...attempt, result, staged: await staged(attempt.jobId) };
  }

  /** Runs an attempt that is expected to fail. */
  async function fail(
    portalUrl: string,
    dancer: Dancer,
    input?: Partial<ScrapeRentalsInput>,
    timeouts?: PortalTimeouts,
  ) {
    const attempt = await start(portalUrl, dancer, input, timeouts);
    const failure = await attempt.outcome;
    if (!(failure instanceof ApplicationFailure)) throw new Error(`it read ${JSON.stringify(failure)}`);
    const [details] = (failure.details ?? []) as [ScrapeFailureDetails];
    return { ...attempt, kind: failure.type, message: failure.message, details, failure };
  }

  function staged(jobId: string): Promise<StagedRow[]> {
    return rows<StagedRow>(
      database.em(),
      sql`select ordinal, record_id, name, starts_at, ends_at, studio, price_cents, status, location, record_url, problem
          from staged_rentals where job_id = ${jobId} order by attempt, ordinal`,
    );
  }

  return { database, browsers, connect, openJob, start, read, fail, staged };
}

function listeningClient(workflowId: string, reports: ProgressReport[], answers: () => Promise<void>): Client {
  const handle = {
    signal: async (_signal: unknown, report: ProgressReport) => {
      reports.push(report);
      await answers();
    },
  };
  const client = {
    withAbortSignal: (_signal: AbortSignal, run: () => unknown) => run(),
    workflow: {
      getHandle(id: string) {
        if (id !== workflowId) throw new Error(`a report to ${id}`);
        return handle;
      },
    },
  };
  return client as unknown as Client;
}
