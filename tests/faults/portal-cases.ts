/** Group 3: the portal misbehaves, for one user at a time, while another syncs well. */
import type { FailureKind } from '#domain/failure-kinds.ts';
import { moments, type FaultCase, type Moment, type Outcome } from './cases.ts';
import { listCases } from './list-cases.ts';
import { faultEntries, type End, type FaultEntry } from './portal-faults.ts';
import {
  noteRest,
  portalPassword,
  settledDancer,
  signOut,
  changeList,
  untilOver,
  type Dancer,
  type JobRow,
} from './context/dancer.ts';
import { keepDancer, standIn, syncAgain, takeDancer, wholeList, type Held } from './context/inject-fault.ts';
import { keptProblems, restProblems } from './context/truth.ts';
import type { TestContext } from './context/test-context.ts';

function caseOf(entry: FaultEntry): FaultCase {
  return {
    id: entry.id,
    breaks: `the portal: ${entry.breaks}`,
    holds: 'the job says what it was, nothing is lost or invented; others sync well; the next sync puts all right',
    short: entry.short ?? false,
    async run(context) {
      const held = await Promise.all(
        moments.map((moment) => standIn(context, moment, takeDancer(context, moment), 'rows')),
      );
      const bystander = await bystanderOf(context);
      const struck = held.map((each) => outcomeOfFault(context, entry, each));
      const others = bystanderProblems(context, bystander);
      const outcomes = await Promise.all(struck);
      const problems = await others;
      return outcomes.map((each) => ({ ...each, problems: [...each.problems, ...problems] }));
    },
  };
}

const bystanders = new WeakMap<TestContext, Dancer>();

async function bystanderOf(context: TestContext): Promise<Dancer> {
  const dancer = bystanders.get(context) ?? (await settledDancer(context));
  bystanders.set(context, dancer);
  return dancer;
}

/** Somebody who syncs at the same time, on a portal that is as it should be. */
async function bystanderProblems(context: TestContext, dancer: Dancer): Promise<string[]> {
  changeList(context, dancer);
  const job = await syncAgain(context, dancer);
  const problems = [...wholeList(job), ...(await restProblems(context, dancer))];
  if (problems.length > 0) bystanders.delete(context);
  return problems.map((problem) => `somebody else: ${problem}`);
}

async function outcomeOfFault(context: TestContext, entry: FaultEntry, held: Held): Promise<Outcome> {
  const { moment, dancer, gate } = held;
  const problems: string[] = [];
  try {
    const id = context.portal.control.misbehave({ ...entry.fault, user: dancer.username });
    await gate.open();
    problems.push(...(await endProblems(context, entry, held)), ...(await keptProblems(context, dancer)));
    context.portal.control.behave(id);
    await heal(context, dancer);
    problems.push(...(await restProblems(context, dancer)));
  } catch (error) {
    problems.push((error as Error).message);
  }
  if (problems.length === 0) keepDancer(context, moment, dancer);
  return { moment, problems };
}

/** Waits for the end of the struck sync and holds it against what was to be. */
async function endProblems(context: TestContext, entry: FaultEntry, { dancer, moment }: Held): Promise<string[]> {
  const first = await untilOver(context, dancer, dancer.jobs);
  if (moment !== 'storing') return differences(first, endAt(entry, moment), dancer);
  // Nothing of the portal is needed any more: this sync completes, and the fault strikes the next one.
  const early = wholeList(first);
  noteRest(context, dancer);
  changeList(context, dancer);
  if (entry.signsOut) signOut(context, dancer);
  await dancer.sync();
  dancer.jobs += 1;
  return [...early, ...differences(await untilOver(context, dancer, dancer.jobs), endAt(entry, moment), dancer)];
}

function endAt({ end, ends }: FaultEntry, moment: Moment): End {
  return ends?.[moment] ?? end;
}

function differences(job: JobRow, end: End, dancer: Dancer): string[] {
  if (end === 'whole') return wholeList(job);
  if (end === 'gaps')
    return job.status === 'completed' && job.partial ? [] : [`${saidOf(job)}, not completed with gaps`];
  if (refusals.has(end)) dancer.refused += 1;
  return job.status === 'failed' && job.errorCode === end ? [] : [`${saidOf(job)}, not failed as ${end}`];
}

/** Kinds for which the stand-in counts a refused sign-in. */
const refusals = new Set<FailureKind>(['invalid_credentials', 'account_locked']);

const saidOf = ({ status, errorCode, partial }: JobRow) =>
  `the sync ended ${status}${errorCode ? ` as ${errorCode}` : ''}${partial ? ' with gaps' : ''}`;

/** The portal is well again: the user asks for a sync, or saves the credentials where syncing was paused. */
async function heal(context: TestContext, dancer: Dancer): Promise<void> {
  const { state } = await dancer.status();
  if (state !== 'paused') return void (await syncAgain(context, dancer));
  await dancer.connect(dancer.username, portalPassword);
  dancer.jobs += 1;
  await untilOver(context, dancer, dancer.jobs);
  noteRest(context, dancer);
}

export const portalCases: FaultCase[] = [...faultEntries.map(caseOf), ...listCases];
