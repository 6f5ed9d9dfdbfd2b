/** How a delivery is struck: three dancers sync at once, and each has another of the requests that tell of it struck. */
import { wholeList } from './context/inject-fault.ts';
import { changeList, noteRest, untilOver } from './context/dancer.ts';
import { arm, beginCase, toldDancer, untilTold, type Strike, type Told } from './context/receivers.ts';
import { toldProblems, type Allowed } from './context/told-truth.ts';
import { restProblems } from './context/truth.ts';
import { deliveryMoments, type DeliveryMoment, type FaultCase, type Outcome } from './cases.ts';
import type { TestContext } from './context/test-context.ts';

export interface Plot {
  before?(told: Told): void;
  strikes(nth: number): Strike[];
  /** While the struck requests have no answer. */
  injectFault?(): Promise<void>;
  /** What the person does about it. */
  heal?(told: Told, context: TestContext): Promise<void>;
  allowed?: Allowed;
  also?(told: Told): Promise<string[]>;
}

/** Of the seven that `changeList` leads to by webhook, and the four or more by each calendar. */
const places: Record<DeliveryMoment, number> = { first: 1, middle: 2, last: 4 };

export async function strikeDeliveries(context: TestContext, plot: Plot): Promise<Outcome[]> {
  const told = await Promise.all(deliveryMoments.map((moment) => toldDancer(context, moment)));
  for (const one of told) await beginCase(context, one);
  for (const one of told) plot.before?.(one);
  const reached = told.map((one, index) => {
    const strikes = plot.strikes(places[deliveryMoments[index]!]);
    return strikes.map(async (strike) => arm(one, strike));
  });
  const ended = told.map((one) => syncWithNews(context, one));
  if (plot.injectFault) {
    await Promise.all(reached.flat());
    await plot.injectFault();
  }
  return Promise.all(
    told.map(async (one, index) => ({
      moment: deliveryMoments[index]!,
      problems: await outcomeOf(context, plot, one, ended[index]!).catch((error: unknown) => [String(error)]),
    })),
  );
}

/** What holds for the sync, which waits for nothing that is told. */
async function syncWithNews(context: TestContext, { dancer }: Told): Promise<string[]> {
  changeList(context, dancer);
  await dancer.sync();
  dancer.jobs += 1;
  const job = await untilOver(context, dancer, dancer.jobs);
  noteRest(context, dancer);
  return wholeList(job);
}

async function outcomeOf(context: TestContext, plot: Plot, told: Told, ended: Promise<string[]>): Promise<string[]> {
  const problems = await ended;
  await plot.heal?.(told, context);
  await untilTold(context, told);
  for (const { way, seen, nth } of told.strikes)
    if (seen < nth) problems.push(`the ${way} had ${seen} requests, so that none was struck`);
  return [
    ...problems,
    ...(await toldProblems(context, told, plot.allowed)),
    ...(await restProblems(context, told.dancer)),
    ...((await plot.also?.(told)) ?? []),
  ];
}

export const deliveryCase = (given: Omit<FaultCase, 'moments'>): FaultCase => ({ ...given, moments: deliveryMoments });
export const toldOnce =
  'every change is told, in order; the calendar equals the bookings; nothing of the person changed';
