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
  const own = (await locals.api.groups.list()).filter(({ role }) => role === 'owner');
  const groups = own.map((group) => ({ value: group.id, label: group.name }));
  const today = dayKey(Date.now());
  return {
    booking: detail && detail.booking,
    groups,
    group: url.searchParams.get('group') ?? '',
    from: today,
    to: addDays(today, usualDays - 1),
  };
};

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const { given, subject, values } = sheetFieldsOf(await request.formData());
    let id = '';
    const refused = await submitted('create', values, async () => {
      ({ id } = await locals.api.callSheets.create({ ...given, expiresAt: given.expiresAt ?? undefined, ...subject }));
    });
    if (refused) return refused;
    redirect(303, `/call-sheets/${id}`);
  },
};
