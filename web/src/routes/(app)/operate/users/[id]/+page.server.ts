import { loaded, submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Caller } from '#lib/server/trpc/router.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async ({ params, locals }) => {
  return { shown: await loaded(locals.api.operate.user({ id: params.id })) };
};

/** Each with the reason that was given. */
const deed = (name: 'sync' | 'pause' | 'resume') => async (event: RequestEvent) => {
  const { id } = event.params;
  const { reason } = await textsOf(event.request, 'reason');
  const refused = await submitted(name, { reason }, () =>
    event.locals.api.operate[name]({ id, ...(reason.trim() && { reason }) }),
  );
  return refused ?? { done: name };
};

type Bookings = Awaited<ReturnType<Caller['operate']['bookings']>>;

type Logs = Awaited<ReturnType<Caller['operate']['jobLogs']>>;

export const actions: Actions = {
  logs: async (event) => {
    const { id } = event.params;
    const { jobId, reason } = await textsOf(event.request, 'jobId', 'reason');
    let log: Logs | null = null;
    const refused = await submitted('logs', { jobId, reason }, async () => {
      log = await event.locals.api.operate.jobLogs({ id, jobId, reason, limit: 100 });
    });
    return refused ?? { done: 'logs', log: log as Logs | null };
  },
  deliveries: async (event) => {
    const { id } = event.params;
    let count = 0;
    const refused = await submitted('deliveries', {}, async () => {
      ({ count } = await event.locals.api.operate.retryDeliveries({ id }));
    });
    return refused ?? { done: 'deliveries', count };
  },
  sync: deed('sync'),
  pause: deed('pause'),
  resume: deed('resume'),
  bookings: async (event) => {
    const { id } = event.params;
    const { reason } = await textsOf(event.request, 'reason');
    let found: Bookings | null = null;
    const refused = await submitted('bookings', { reason }, async () => {
      found = await event.locals.api.operate.bookings({ id, reason, limit: 100 });
    });
    return refused ?? { done: 'bookings', found: found as Bookings | null };
  },
};
