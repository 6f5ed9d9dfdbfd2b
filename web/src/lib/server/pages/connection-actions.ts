/** The form actions about connected calendars: two steps to connect one, then another try or the end. */
import type { RequestEvent } from '@sveltejs/kit';
import { submitted, textsOf } from './page.ts';

/** Step one: the login is tried, and the calendars of the account are the answer. */
async function findCalendars({ request, locals }: RequestEvent) {
  const { preset, ...login } = await textsOf(request, 'preset', 'url', 'username', 'password');
  let found: Awaited<ReturnType<typeof locals.api.calendarConnections.find>> | null = null;
  const work = async () => {
    found = await locals.api.calendarConnections.find(login);
  };
  const { url, username } = login;
  return (await submitted(`find:${preset}`, { url, username }, work)) ?? { done: 'find', found };
}

/** Step two: one of them, or a new one. */
async function chooseCalendar({ request, locals }: RequestEvent) {
  const { setup, calendar, name } = await textsOf(request, 'setup', 'calendar', 'name');
  const choice = calendar ? { calendarUrl: calendar } : name.trim() ? { name } : {};
  const work = () => locals.api.calendarConnections.choose({ setup, ...choice });
  return (await submitted('choose', {}, work)) ?? { done: 'choose' };
}

async function retryCalendar({ request, locals }: RequestEvent) {
  const { id, password } = await textsOf(request, 'id', 'password');
  const work = () => locals.api.calendarConnections.retry({ id, ...(password && { password }) });
  return (await submitted(`retry:${id}`, {}, work)) ?? { done: 'retry' };
}

async function disconnectCalendar({ request, locals }: RequestEvent) {
  const { id, keep } = await textsOf(request, 'id', 'keep');
  const work = () => locals.api.calendarConnections.disconnect({ id, keepEvents: keep === 'yes' });
  return (await submitted(`disconnect:${id}`, {}, work)) ?? { done: 'disconnect' };
}

/** The other calendars of the account are the answer. */
async function findOthers({ request, locals }: RequestEvent) {
  const { id } = await textsOf(request, 'id');
  let others: Awaited<ReturnType<typeof locals.api.calendarConnections.others>> = [];
  const work = async () => {
    others = await locals.api.calendarConnections.others({ id });
  };
  return (await submitted(`others:${id}`, {}, work)) ?? { done: 'others', id, others };
}

async function watchCalendars({ request, locals }: RequestEvent) {
  const form = await request.formData();
  const [id = ''] = form.getAll('id').map(String);
  const calendarUrls = form.getAll('calendar').map(String);
  const work = () => locals.api.calendarConnections.watch({ id, calendarUrls });
  return (await submitted(`others:${id}`, {}, work)) ?? { done: calendarUrls.length > 0 ? 'watch' : 'unwatch' };
}

export const connectionActions = {
  findCalendars,
  chooseCalendar,
  retryCalendar,
  disconnectCalendar,
  findOthers,
  watchCalendars,
};
