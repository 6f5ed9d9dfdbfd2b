/** Group 6: what a sync has to tell is struck on its way to a webhook, two calendars, a mailbox and a device. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { answer, receiverAnswers } from './receiver-answers.ts';
import { deliveryMoments, everywhere, type FaultCase, type Outcome } from './cases.ts';
import { deliveryCase, strikeDeliveries, toldOnce } from './delivery-plot.ts';
import { noteRest, untilOver } from './context/dancer.ts';
import { beginCase, calendarOf, toldDancer, untilTold, type Strike, type Told, type Way } from './context/receivers.ts';
import { wholeList } from './context/inject-fault.ts';
import { toldProblems } from './context/told-truth.ts';
import { until } from '../support/until.ts';
import type { TestContext } from './context/test-context.ts';

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
          strikes: (nth) =>
            ways.map((way) => ({ way, nth: placeOf(way, nth, strike), ...(http && { http }), ...strike })),
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

const wrongCertificate = deliveryCase({
  id: 'receiver-certificate',
  breaks: 'the certificate of a calendar and of the push service is not one of a server, until each was tried',
  holds: `${toldOnce}; nothing is sent meanwhile`,
  async run(context) {
    let left = deliveryMoments.length;
    const { promise: all, resolve: allTried } = Promise.withResolvers<void>();
    let askedBefore = 0;
    const calendars: Told['calendar'][] = [];
    const mend = () => {
      context.push.certificate('server');
      for (const calendar of calendars) calendar.certificate('server');
    };
    try {
      return await strikeDeliveries(context, {
        before({ calendar }) {
          context.push.certificate('client');
          calendar.certificate('client');
          calendars.push(calendar);
          askedBefore = context.push.calls.length;
        },
        strikes: () => [],
        async heal(told) {
          const { dancer, calendar, connectionId } = told;
          const asked = calendar.asked.length;
          await until('the calendar was tried', async () => {
            const { state, error } = await calendarOf(told, connectionId);
            return state === 'failing' && error === 'bad_certificate';
          });
          await until('the push was tried', async () => (await triedPushes(context, dancer.id)) > 0);
          const isQuiet = calendar.asked.length === asked && context.push.calls.length === askedBefore;
          if (--left === 0) allTried();
          await all;
          mend();
          await dancer.call('POST', `/user/calendar-connections/${connectionId}/retry`);
          if (!isQuiet) throw new Error('something was sent in spite of the certificate');
        },
      });
    } finally {
      mend();
    }
  },
});

async function triedPushes({ db }: TestContext, userId: string): Promise<number> {
  const [row] = await db.rows<{ count: number }>(
    `select count(*)::int from deliveries d join delivery_targets t on t.id = d.target_id
     where d.user_id = $1 and t.channel = 'push' and d.status = 'pending' and jsonb_array_length(d.attempts) > 0`,
    [userId],
  );
  return row!.count;
}

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

export const deliveryCases = [...processFaults, ...answerFaults, redirects, wrongCertificate, withdrawn, many];
