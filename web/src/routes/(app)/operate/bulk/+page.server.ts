import { redirect } from '@sveltejs/kit';
import { orderNames, type BulkTexts } from '#lib/operate/bulk-form.ts';
import { loaded, submitted, textsOf } from '#lib/server/pages/page.ts';
import type { BulkOperationView } from '#domain/shapes/bulk.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({ operations: await loaded(locals.api.operate.bulks()) });

/** What the schema makes of it is checked there. */
function requestOf({ action, state, kind, rate, reason }: BulkTexts, dryRun: boolean) {
  const query = { ...(state && { state }), ...(kind && { errorCode: kind }) };
  return { action, query, rate: Number(rate), dryRun, ...(reason.trim() && { reason }) } as never;
}

const order = (name: 'try' | 'start') => async (event: RequestEvent) => {
  const values = await textsOf(event.request, ...orderNames);
  let tried: BulkOperationView | null = null;
  const refused = await submitted('order', { ...values }, async () => {
    const made = await event.locals.api.operate.startBulk(requestOf(values, name === 'try'));
    if (name === 'try') tried = made;
  });
  if (refused) return refused;
  // So that loading the page again does not start another one.
  if (name === 'start') redirect(303, '/operate/bulk');
  return { done: name, tried: tried as BulkOperationView | null, values };
};

const steer = (name: 'cancelBulk' | 'undoBulk') => async (event: RequestEvent) => {
  const { id } = await textsOf(event.request, 'id');
  const refused = await submitted('steer', {}, () => event.locals.api.operate[name]({ id }));
  return refused ?? { done: name };
};

export const actions: Actions = {
  try: order('try'),
  start: order('start'),
  cancel: steer('cancelBulk'),
  undo: steer('undoBulk'),
};
