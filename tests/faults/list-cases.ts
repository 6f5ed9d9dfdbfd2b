/** Lists that suddenly lack most of their rentals: read again within the same sync, and then believed, by another one where they are past. */
import type { Fault } from '../portal/types.ts';
import { moments, type FaultCase, type Outcome } from './cases.ts';
import { noteRest, settledDancer, untilOver, type Dancer } from './context/dancer.ts';
import { standIn, syncAgain, wholeList, type Held } from './context/inject-fault.ts';
import { jobsOf, type JobRow } from './context/dancer.ts';
import { restProblems } from './context/truth.ts';
import type { TestContext } from './context/test-context.ts';

interface Loss {
  id: string;
  breaks: string;
  holds: string;
  short?: boolean;
  /** What is gone for good is much, so that the sync that finds it gone is to be looked at. */
  isLarge?: boolean;
  /** Past rentals are among what is gone for good, so that another sync has to agree. */
  keepsPast?: boolean;
  /** Brings a settled user where the loss is to injectFault. */
  before?(context: TestContext, dancer: Dancer): Promise<void>;
  /** Changes what the portal shows. Returns how many of the stored bookings are gone for good. */
  lose(context: TestContext, dancer: Dancer): number;
}

/** Rentals that have not begun. */
function upcoming({ portal: { control } }: TestContext, { username }: Dancer) {
  return control.rentals(username).filter(({ start }) => Date.parse(start) > Date.now() + 24 * 60 * 60_000);
}

function vanish(context: TestContext, dancer: Dancer, share: number): number {
  const all = upcoming(context, dancer);
  const gone = all.slice(0, Math.ceil(all.length * share)).map(({ recordId }) => recordId);
  gone.forEach((recordId) => context.portal.control.vanish(dancer.username, recordId));
  return gone.length;
}

function vanishAll({ portal: { control } }: TestContext, { username }: Dancer): number {
  const all = control.rentals(username);
  control.setRentals(username, []);
  return all.length;
}

function lieOnce(fault: Fault): Loss['lose'] {
  return ({ portal: { control } }, { username }) => {
    control.misbehave({ ...fault, user: username, times: 1 });
    return 0;
  };
}

const losses: Loss[] = [
  {
    id: 'most-upcoming-gone',
    breaks: 'the list truly lacks four fifths of the rentals to come',
    holds: 'a second, fresh reading confirms it within the same sync, which says so',
    short: true,
    isLarge: true,
    lose: (context, dancer) => vanish(context, dancer, 0.8),
  },
  {
    id: 'all-gone',
    breaks: 'the list is truly empty',
    holds: 'the same; after another sync all bookings are marked removed, and none is deleted',
    isLarge: true,
    keepsPast: true,
    lose: vanishAll,
  },
  {
    id: 'list-empty-once',
    breaks: 'the list shows as empty, once',
    holds: 'the second reading finds everything; nothing is marked removed',
    short: true,
    lose: lieOnce({ kind: 'emptyList' }),
  },
  {
    id: 'list-short-once',
    breaks: 'the list shows its first rows only and says that these are all, once',
    holds: 'the second reading finds everything; nothing is marked removed',
    lose: lieOnce({ kind: 'partialList', keep: 2 }),
  },
  {
    id: 'past-list-empty-once',
    breaks: 'the list of somebody with nothing to come shows as empty, once',
    holds: 'the second reading finds everything; nothing is marked removed',
    before: async (context, dancer) => {
      dancer.changes.removed = (dancer.changes.removed ?? 0) + vanish(context, dancer, 1);
      wholeList(await syncAgain(context, dancer));
    },
    lose: lieOnce({ kind: 'emptyList' }),
  },
];

function caseOf(loss: Loss): FaultCase {
  const { id, breaks, holds, short = false } = loss;
  return {
    id,
    breaks: `the portal: ${breaks}`,
    holds,
    short,
    run: (context) => Promise.all(moments.map((moment) => outcomeOf(context, moment, loss))),
  };
}

function lookedAt({ status, partial }: JobRow): string[] {
  return status === 'completed' && partial ? [] : ['the sync that lost much does not say so'];
}

async function outcomeOf(
  context: TestContext,
  moment: Held['moment'],
  { before: prepare, isLarge, keepsPast, lose }: Loss,
): Promise<Outcome> {
  const dancer = await settledDancer(context);
  await prepare?.(context, dancer);
  const held = await standIn(context, moment, dancer, 'rows');
  const { stored, changes } = dancer;
  const removed = changes.removed!;
  const before = new Set(context.portal.control.rentals(dancer.username).map(({ recordId }) => recordId));
  const lost = lose(context, dancer);
  await held.gate.open();
  const problems: string[] = [];
  let end = await untilOver(context, dancer, dancer.jobs);
  if (moment === 'storing') {
    // This sync had read the list before; the next one meets the loss.
    problems.push(...wholeList(end));
    end = await syncAgain(context, dancer);
  }
  if (keepsPast) {
    if (!end.partial) problems.push('past rentals were not kept for another sync');
    end = await syncAgain(context, dancer);
  }
  problems.push(...(isLarge ? lookedAt(end) : wholeList(end)));
  if (moment === 'storing') {
    changes.removed = removed + lost;
  } else {
    // Bookings that were never stored cannot be removed, and those that came and went at once were never added.
    const fresh = [...before].filter((recordId) => !stored.has(recordId));
    const listed = new Set(context.portal.control.rentals(dancer.username).map(({ recordId }) => recordId));
    const never = fresh.filter((recordId) => !listed.has(recordId)).length;
    changes.added! -= never;
    changes.removed = removed + lost - never;
    if (listed.size === 0) Object.assign(changes, { moved: 0, price: 0, status: 0 });
  }
  const last = (await jobsOf(context, dancer.id)).at(-1)!;
  if (last.attempt !== 2) problems.push(`the list was read ${last.attempt} times, not twice`);
  noteRest(context, dancer);
  problems.push(...(await restProblems(context, dancer)));
  return { moment, problems };
}

export const listCases: FaultCase[] = losses.map(caseOf);
