/** Group 6, mail: what its server says, and what becomes of what was to be said. */
import { deliveryMoments, type FaultCase, type Outcome } from './cases.ts';
import { deliveryCase, strikeDeliveries, toldOnce } from './delivery-plot.ts';
import { chooseMail } from './context/receivers.ts';
import type { TestContext } from './context/test-context.ts';
import { until } from '../support/until.ts';

const mailStrike = { way: 'mail', nth: 1 } as const;

const greylisted = deliveryCase({
  id: 'mail-greylisted',
  breaks: 'the mail server puts the address off',
  holds: toldOnce,
  run: (context) => strikeDeliveries(context, { strikes: () => [{ ...mailStrike, smtp: '450 4.2.1 later' }] }),
});

const closing = deliveryCase({
  id: 'mail-server-closing',
  breaks: 'the mail server says that it shuts down (421)',
  holds: toldOnce,
  run: (context) => strikeDeliveries(context, { strikes: () => [{ ...mailStrike, smtp: '421 4.3.2 shutting down' }] }),
});

const fullMailbox = deliveryCase({
  id: 'mail-mailbox-full',
  breaks: 'the mailbox is full (552 5.2.2)',
  holds: toldOnce,
  run: (context) => strikeDeliveries(context, { strikes: () => [{ ...mailStrike, smtp: '552 5.2.2 mailbox full' }] }),
});

const refused = deliveryCase({
  id: 'mail-address-refused',
  breaks: 'the mail server knows no such address (550 5.1.1), until the person chooses mail again',
  holds: `${toldOnce}, or given up with the reason; the address is marked`,
  run: (context) =>
    strikeDeliveries(context, {
      strikes: () => [{ ...mailStrike, smtp: '550 5.1.1 no such user' }],
      async heal({ dancer }) {
        await until('the address is marked', async () => {
          const { body } = await dancer.call<{ mail: { state: string } }>('GET', '/user/notifications');
          return body.mail.state === 'bounced';
        });
        await chooseMail(dancer);
      },
      allowed: { givenUp: true },
    }),
});

const refusedText = deliveryCase({
  id: 'mail-refused',
  breaks: 'the mail server does not want what is in the mail (554 after DATA)',
  holds: `${toldOnce}, or given up with the reason`,
  run: (context) =>
    strikeDeliveries(context, {
      strikes: () => [{ ...mailStrike, smtp: '554 5.6.0 not like this', at: 'data' }],
      allowed: { givenUp: true },
    }),
});

const cutAfterData = deliveryCase({
  id: 'mail-cut-after-data',
  breaks: 'the mail server has taken the mail, and the connection ends before it says so',
  holds: `${toldOnce}, though a mail may come twice`,
  async run(context) {
    const { promise: hold, resolve: release } = Promise.withResolvers<void>();
    return strikeDeliveries(context, {
      strikes: () => [{ ...mailStrike, hold }],
      injectFault() {
        context.mailRelay.cut();
        context.mailRelay.open();
        release();
        return Promise.resolve();
      },
      allowed: { repeats: true },
    });
  },
});

/** Until each of the dancers has had one try, after which each asks for another. */
const withoutServer = (id: string, breaks: string, breakIt: (context: TestContext) => void): FaultCase =>
  deliveryCase({ id, breaks, holds: toldOnce, run: (context) => untilAllTried(context, breakIt) });

async function untilAllTried(context: TestContext, breakIt: (context: TestContext) => void): Promise<Outcome[]> {
  breakIt(context);
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
}

export const mailCases = [
  greylisted,
  closing,
  fullMailbox,
  refused,
  refusedText,
  cutAfterData,
  withoutServer(
    'mail-server-away',
    'the mail server cannot be reached, until the person has one sent again',
    ({ mailRelay }) => mailRelay.cut(),
  ),
  withoutServer(
    'mail-server-silent',
    'the mail server says nothing, until the person has one sent again',
    ({ mailRelay }) => mailRelay.swallow(),
  ),
];
