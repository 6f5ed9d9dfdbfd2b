import { redirect } from '@sveltejs/kit';
import { addDays } from '#lib/time/days.ts';
import { dayKey } from '#lib/time/new-york.ts';
import { loaded, submitted } from '#lib/server/pages/page.ts';
import { sheetFieldsOf } from '#lib/server/pages/sheet-form.ts';
import type { Actions, PageServerLoad } from './$types';

const usualDays = 28;

export const load: PageServerLoad = async ({ locals, url }) => {
  const id = url.searchParams.get('booking');
  const detail = id === null ? null : await loaded(locals.api.bookings.get({ id }));
  const today = dayKey(Date.now());
  return { booking: detail && detail.booking, from: today, to: addDays(today, usualDays - 1) };
};

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const { given, subject, values } = sheetFieldsOf(await request.formData());
    let id = '';
    const refused = await submitted('create', values, async () => {
      ({ id } = await locals.api.callSheets.create({ ...given, ...subject }));
    });
    if (refused) return refused;
    redirect(303, `/call-sheets/${id}`);
  },
};
