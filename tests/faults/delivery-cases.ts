/** Group 6: what a sync has to tell is struck on its way to a webhook, two calendars, a mailbox and a device. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { answer, receiverAnswers } from './receiver-answers.ts';
import { deliveryMoments, everywhere, type DeliveryMoment, type FaultCase, type Outcome } from './cases.ts';
import { changeList, noteRest, untilOver } from './context/dancer.ts';
import { arm, beginCase, toldDancer, untilTold, type Strike, type Told, type Way } from './context/receivers.ts';
import { wholeList } from './context/inject-fault.ts';
import { toldProblems, type Allowed } from './context/told-truth.ts';
import { restProblems } from './context/truth.ts';
import { until } from '../support/until.ts';
import type { TestContext } from './context/test-context.ts';

interface Plot {
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

async function strikeDeliveries(context: TestContext, plot: Plot): Promise<Outcome[]> {
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

/** Receivers that keep a request of each way until the fault is over. */
function whileHeld(context: TestContext, injectFault: () => Promise<void>): Promise<Outcome[]> {
  const { promise: hold, resolve: release } = Promise.withResolvers<void>();
  return strikeDeliveries(context, {
    strikes: (nth) => [
      { way: 'webhook', nth, hold },
      { way: 'calendar', nth, hold },
      { way: 'google', nth, hold },
      { way: 'mail', nth: 1, hold },
      { way: 'push', nth: 1, hold },
    ],
    injectFault: () => injectFault().finally(release),
    allowed: { repeats: true },
  });
}

const deliveryCase = (given: Omit<FaultCase, 'moments'>): FaultCase => ({ ...given, moments: deliveryMoments });
const toldOnce = 'every change is told, in order; the calendar equals the bookings; nothing of the person changed';

const processFaults: FaultCase[] = [
  deliveryCase({
    id: 'delivery-worker-killed',
    breaks: 'kill -9 of the worker while a webhook, two calendars and the mail server have a request, and a start',
    holds: toldOnce,
    short: true,
    run: (context) =>
      whileHeld(context, async () => {
        await context.worker.kill();
        await context.worker.start();
      }),
  }),
  deliveryCase({
    id: 'delivery-worker-terminated',
    breaks: 'SIGTERM of the worker in such a moment, while a second worker starts',
    holds: toldOnce,
    run: (context) =>
      whileHeld(context, async () => {
        const ended = context.worker.terminate();
        await context.addWorker();
        await ended;
      }),
  }),
  deliveryCase({
    id: 'delivery-postgres-killed',
    breaks: 'kill -9 of PostgreSQL in such a moment, and a start',
    holds: toldOnce,
    run: (context) =>
      whileHeld(context, async () => {
        await context.postgres.killAll();
        await context.postgres.start();
      }),
  }),
  deliveryCase({
    id: 'delivery-temporal-killed',
    breaks: 'kill -9 of the Temporal server in such a moment, and a start',
    holds: toldOnce,
    run: (context) =>
      whileHeld(context, async () => {
        await context.temporal.kill();
        await context.temporal.start();
      }),
  }),
];

/** Of what comes once, or hardly more often, the first. */
const placeOf = (way: Way, nth: number, strike?: Pick<Strike, 'method'>): number =>
  way === 'push' || strike?.method ? 1 : nth;

const answerFaults = receiverAnswers.map(
  ({ id, breaks, ways = ['webhook', 'calendar', 'google', 'push'], http, strike, heal, allowed }) =>
    deliveryCase({
      id,
      breaks,
      holds: toldOnce,
      run: (context) =>
        strikeDeliveries(context, {
          strikes: (nth) => ways.map((way) => ({ way, nth: placeOf(way, nth, strike), http, ...strike })),
          ...(heal && { heal }),
          ...(allowed && { allowed }),
        }),
    }),
);

const redirects = deliveryCase({
  id: 'receiver-redirects',
  breaks: 'a receiver sends the request to another host',
  holds: `${toldOnce}; the other host is asked nothing`,
  async run(context) {
    let asked = 0;
    const other = createServer((_, response) => {
      asked += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    // Another name, so another host, of the same machine.
    const location = `http://localhost:${(other.address() as AddressInfo).port}/`;
    try {
      const outcomes = await strikeDeliveries(context, {
        strikes: (nth) =>
          (['webhook', 'calendar', 'google', 'push'] as const).map((way) => ({
            ...{ way, nth: way === 'push' ? 1 : nth, http: answer(307, { location }) },
          })),
      });
      const problems = asked === 0 ? [] : [`the other host was asked ${asked} times`];
      return outcomes.map((one) => ({ ...one, problems: [...one.problems, ...problems] }));
    } finally {
      other.close();
    }
  },
});

const greylisted = deliveryCase({
  id: 'mail-greylisted',
  breaks: 'the mail server puts the address off',
  holds: toldOnce,
  run: (context) => strikeDeliveries(context, { strikes: () => [{ way: 'mail', nth: 1, smtp: '450 4.2.1 later' }] }),
});

const mailAway = deliveryCase({
  id: 'mail-server-away',
  breaks: 'the mail server cannot be reached, until the person has one sent again',
  holds: toldOnce,
  async run(context) {
    context.mailRelay.cut();
    let left = deliveryMoments.length;
    const { promise: all, resolve: allTried } = Promise.withResolvers<void>();
    try {
      return await strikeDeliveries(context, {
        strikes: () => [],
        async heal({ dancer }) {
          const tried = () =>
            context.db.rows<{ id: string }>(
              `select d.id from deliveries d join delivery_targets t on t.id = d.target_id
               where d.user_id = $1 and t.channel = 'mail' and d.status = 'pending' and jsonb_array_length(d.attempts) > 0`,
              [dancer.id],
            );
          const [first] = await until('the mail was tried', async () => (await tried()).length > 0 && tried());
          if (--left === 0) allTried();
          await all;
          context.mailRelay.open();
          await dancer.call('POST', `/user/deliveries/${first!.id}/retry`);
        },
      });
    } finally {
      context.mailRelay.open();
    }
  },
});

const withdrawn = deliveryCase({
  id: 'told-of-no-empty-list',
  breaks: 'the list shows as empty once, and is read again within the sync',
  holds: `${toldOnce}; nobody is told of a rental that is not gone`,
  run: (context) =>
    strikeDeliveries(context, {
      before: ({ dancer }) =>
        void context.portal.control.misbehave({ kind: 'emptyList', user: dancer.username, times: 1 }),
      strikes: () => [],
      async also({ dancer, since }) {
        const gone = await context.db.rows(
          `select 1 from events where user_id = $1 and seq > $2 and type = 'booking.removed'`,
          [dancer.id, since],
        );
        return gone.length === 2 ? [] : [`${gone.length} rentals are told as gone, not 2`];
      },
    }),
});

const many = deliveryCase({
  id: 'deliveries-5000',
  breaks: 'nothing; 5,000 rentals are new at once',
  holds: toldOnce,
  async run(context) {
    const told = await toldDancer(context, 'many', 96);
    await beginCase(context, told);
    const { dancer } = told;
    const { control } = context.portal;
    const from = Date.UTC(2010, 0, 1, 15);
    for (let index = 0; index < 5_000; index += 1) {
      const day = new Date(from + index * 86_400_000);
      const date = `${day.getUTCMonth() + 1}/${day.getUTCDate()}/${day.getUTCFullYear()}`;
      control.addRental(dancer.username, { start: `${date} 9:00 AM`, end: `${date} 10:00 AM` });
    }
    dancer.changes.added = (dancer.changes.added ?? 0) + 5_000;
    await dancer.sync();
    dancer.jobs += 1;
    const job = await untilOver(context, dancer, dancer.jobs);
    noteRest(context, dancer);
    await untilTold(context, told, 900_000);
    return everywhere([...wholeList(job), ...(await toldProblems(context, told))], deliveryMoments);
  },
});

export const deliveryCases = [...processFaults, ...answerFaults, redirects, greylisted, mailAway, withdrawn, many];
