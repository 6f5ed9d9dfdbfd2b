import { redirect } from '@sveltejs/kit';
import { loaded, submitted } from '#lib/server/pages/page.ts';
import { sheetFieldsOf } from '#lib/server/pages/sheet-form.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  return { sheet: await loaded(event.locals.api.callSheets.get(event.params)) };
};

const simply = async (name: string, work: () => Promise<unknown>) =>
  (await submitted(name, {}, work)) ?? { done: name };
const callsOf = ({ locals }: RequestEvent) => locals.api.callSheets;

export const actions: Actions = {
  update: async (event) => {
    const { given, values } = sheetFieldsOf(await event.request.formData());
    const work = () => callsOf(event).update({ ...event.params, ...given });
    return (await submitted('update', values, work)) ?? { done: 'update' };
  },
  revoke: (event) => simply('revoke', () => callsOf(event).revoke(event.params)),
  rotate: (event) => simply('rotate', () => callsOf(event).rotate(event.params)),
  removeGuest: async (event) => {
    const guestId = (await event.request.formData()).get('guestId');
    const ref = { ...event.params, guestId: typeof guestId === 'string' ? guestId : '' };
    return simply('removeGuest', () => callsOf(event).removeGuest(ref));
  },
  remove: async (event) => {
    const refused = await submitted('remove', {}, () => callsOf(event).remove(event.params));
    if (refused) return refused;
    redirect(303, '/call-sheets');
  },
};
