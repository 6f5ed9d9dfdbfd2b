import { noticeKinds, reminderLeads, type NoticeKind, type ReminderLead } from '#domain/notifications.ts';
import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

const shownDeliveries = 5;

function leadOf(given: string, minutes: string): ReminderLead | null {
  return given === 'minutes' ? Number(minutes) : (reminderLeads.find((lead) => lead === given) ?? null);
}

export const load: PageServerLoad = async ({ locals: { api } }) => {
  const [notifications, webhooks, calendars, push, ...logs] = await Promise.all([
    api.notifications.get(),
    api.webhooks.list(),
    api.calendarConnections.list(),
    api.pushDevices.list(),
    ...(['mail', 'push'] as const).map((channel) => api.deliveries.list({ channel, limit: shownDeliveries })),
  ]);
  const newest = logs.flatMap(({ deliveries }) => deliveries).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return { notifications, webhooks, calendars, push, deliveries: newest.slice(0, shownDeliveries) };
};

export const actions: Actions = {
  choose: async ({ request, locals }) => {
    const form = await request.formData();
    const text = (name: string) => {
      const value = form.get(name);
      return typeof value === 'string' ? value : '';
    };
    const chosen = (name: string) => noticeKinds.filter((kind): kind is NoticeKind => form.getAll(name).includes(kind));
    const isQuiet = form.has('quiet');
    const change = {
      quietFrom: isQuiet ? text('quietFrom') : null,
      quietTo: isQuiet ? text('quietTo') : null,
      urgentPasses: form.has('urgentPasses'),
      // Where there is no mail, the form does not ask about it.
      ...(form.has('mail') && {
        mail: {
          kinds: chosen('kinds'),
          digestAt: text('when') === 'digest' ? text('digestAt') : null,
        },
      }),
      // Where there is no device, neither about that.
      ...(form.has('push') && {
        push: { kinds: chosen('pushKinds'), remindBefore: leadOf(text('remindBefore'), text('remindMinutes')) },
      }),
    };
    const refused = await submitted('choose', {}, () => locals.api.notifications.update(change));
    return refused ?? { done: 'choose' };
  },
  testMail: async ({ locals }) => {
    const refused = await submitted('test', {}, () => locals.api.notifications.test({ channel: 'mail' }));
    return refused ?? { done: 'test' };
  },
  testWebhook: async ({ request, locals }) => {
    const given = await textsOf(request, 'id');
    const refused = await submitted('test', {}, () => locals.api.webhooks.test(given));
    return refused ?? { done: 'test' };
  },
  testDevice: async ({ request, locals }) => {
    const given = await textsOf(request, 'id');
    const refused = await submitted('device', {}, () => locals.api.pushDevices.test(given));
    return refused ?? { done: 'test-device' };
  },
  removeDevice: async ({ request, locals }) => {
    const given = await textsOf(request, 'id');
    const refused = await submitted('device', {}, () => locals.api.pushDevices.remove(given));
    return refused ?? { done: 'remove-device' };
  },
  again: async ({ request, locals }) => {
    const { deliveryId } = await textsOf(request, 'deliveryId');
    const refused = await submitted('test', {}, () => locals.api.deliveries.retry({ id: deliveryId }));
    return refused ?? { done: 'test' };
  },
};
