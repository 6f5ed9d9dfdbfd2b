/** What must hold for the machine between two cases. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openAllGates } from './gates.ts';
import { browsersOf } from './processes.ts';
import { until } from '#tests/support/until.ts';
import type { TestContext } from './test-context.ts';

/** Makes sure that every part runs, and says what is left over of the case before. */
export async function waitUntilStable(context: TestContext): Promise<string[]> {
  const { portal, postgres, temporal, worker, web, extraWorkers } = context;
  await openAllGates(context);
  portal.control.behave();
  for (const part of [postgres, temporal, worker, web]) await part.start();
  const surprises = [postgres, temporal, worker, web, ...extraWorkers].flatMap(({ surprises: said }) => said.splice(0));
  for (const extra of extraWorkers.splice(0)) await extra.stop();
  const leftOver = await until(
    'a calm machine',
    async () => (await leftOvers(context)).length === 0 && [],
    30_000,
  ).catch(
    () => leftOvers(context), // what is not gone by now is what this function tells
  );
  return [...surprises, ...leftOver];
}

async function leftOvers(context: TestContext): Promise<string[]> {
  const { db, worker, portal } = context;
  const problems: string[] = [];
  const browsers = browsersOf(worker.pid).length;
  if (browsers > 1) problems.push(`the worker keeps ${browsers} browsers`);
  const profiles = readdirSync(join(context.folder, 'tmp'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /profile-[^/]*$/.test(name),
  ).length;
  if (profiles > browsers) problems.push(`${profiles} profiles lie around for ${browsers} browsers`);
  const { pagesNow } = portal.control.counters();
  if (pagesNow > 0) problems.push(`${pagesNow} tabs are open`);
  const active = await db.rows(`select id from sync_jobs where status in ('pending', 'running')`);
  if (active.length > 0) problems.push(`${active.length} jobs are still active`);
  const stuck = await db.rows(
    `select pid from pg_stat_activity where state like 'idle in transaction%' and datname = current_database()`,
  );
  if (stuck.length > 0) problems.push(`${stuck.length} transactions were left open`);
  return problems;
}
