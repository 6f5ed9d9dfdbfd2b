/** The plot of most cases: three users whose syncs stand in three moments, one injectFault, and what became of each. */
import { moments, type Moment, type Outcome } from '../cases.ts';
import { changeList, noteRest, settledDancer, signOut, untilOver, type Dancer, type JobRow } from './dancer.ts';
import { closeGate, type Gate } from './gates.ts';
import { restProblems } from './truth.ts';
import type { TestContext } from './test-context.ts';

export interface Held {
  moment: Moment;
  dancer: Dancer;
  gate: Gate;
  jobId: string;
}

export interface Plot {
  /** Breaks something while all three stand in their moments. */
  injectFault(held: Held[]): Promise<void>;
  /** After the gates are open: what comes back, for cases where something stays away for a while. */
  after?(held: Held[]): Promise<void>;
  /** Wrong with how the job ended; default: it did not complete with the whole list. */
  ending?(job: JobRow, moment: Moment): string[];
  /** Further things that must hold at the end. */
  also?(held: Held): Promise<string[]>;
}

/** Runs the plot, and gives every user a further sync where the struck one could not read the whole list. */
export async function injectFaultAtEachMoment(context: TestContext, plot: Plot): Promise<Outcome[]> {
  const held = await Promise.all(moments.map((moment) => standIn(context, moment, takeDancer(context, moment))));
  try {
    await plot.injectFault(held);
  } finally {
    for (const { gate } of held) await gate.open();
  }
  await plot.after?.(held);
  return Promise.all(held.map((each) => outcomeOf(context, plot, each)));
}

/** A user whose sync, with changes to be stored, stands in this moment. */
export async function standIn(
  context: TestContext,
  moment: Moment,
  known?: Dancer,
  reading: 'batch' | 'rows' = 'batch',
): Promise<Held> {
  const dancer = known ?? (await settledDancer(context));
  changeList(context, dancer);
  signOut(context, dancer);
  const gate = await closeGate(context, dancer, moment, reading);
  const jobId = await dancer.sync();
  dancer.jobs += 1;
  await gate.reached();
  return { moment, dancer, gate, jobId };
}

async function outcomeOf(context: TestContext, plot: Plot, held: Held): Promise<Outcome> {
  const { moment, dancer, jobId } = held;
  const problems: string[] = [];
  try {
    const job = await untilOver(context, dancer, dancer.jobs);
    if (job.id !== jobId) problems.push(`the request was answered with job ${jobId}, and ${job.id} was run`);
    problems.push(...(plot.ending ?? wholeList)(job, moment));
    if (job.status === 'failed' || job.partial) await syncAgain(context, dancer);
    problems.push(...(await restProblems(context, dancer)), ...((await plot.also?.(held)) ?? []));
  } catch (error) {
    problems.push((error as Error).message);
  }
  if (problems.length === 0) keepDancer(context, moment, dancer);
  return { moment, problems };
}

/** The dancers of cases that went well play in the next ones as well: it saves their first syncs. */
const casts = new WeakMap<TestContext, Map<Moment, Dancer>>();

export function takeDancer(context: TestContext, moment: Moment): Dancer | undefined {
  const dancer = casts.get(context)?.get(moment);
  casts.get(context)?.delete(moment);
  return dancer;
}

export function keepDancer(context: TestContext, moment: Moment, dancer: Dancer): void {
  noteRest(context, dancer);
  casts.set(context, (casts.get(context) ?? new Map<Moment, Dancer>()).set(moment, dancer));
}

/** The sync completed, and nothing was left out. */
export function wholeList({ status, errorCode, partial }: JobRow): string[] {
  if (status === 'completed' && !partial) return [];
  return [`the sync ended ${status}${errorCode ? ` as ${errorCode}` : ''}${partial ? ' with gaps' : ''}`];
}

/** A sync from beginning to end without any fault. */
export async function syncAgain(context: TestContext, dancer: Dancer): Promise<JobRow> {
  await dancer.sync();
  dancer.jobs += 1;
  const job = await untilOver(context, dancer, dancer.jobs);
  noteRest(context, dancer);
  return job;
}
