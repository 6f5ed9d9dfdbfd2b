/** The calls about calendars elsewhere, into which the rentals are written. */
import { z } from 'zod';
import {
  appPassword,
  bookingInCalendar,
  busyChoice,
  calendarConnection,
  foundCalendar,
  newCalendarConnection,
} from '#domain/shapes/calendar-connections.ts';
import {
  connectCalendar,
  disconnectCalendar,
  listCalendarConnections,
  listInCalendars,
  listOtherCalendars,
  readCalendarConnection,
  retryConnection,
  watchCalendars,
} from '../calendar/connections.ts';
import type { ApiErrorCode } from '../errors.ts';
import { ref } from '../schemas/inputs.ts';
import { queryFlag } from './query-flags.ts';
import { userRoute } from './route.ts';

const connection = calendarConnection.meta({ id: 'CalendarConnection' });
const connections = z.object({ connections: z.array(connection) }).meta({ id: 'CalendarConnections' });
const inCalendars = z.object({ calendars: z.array(bookingInCalendar) }).meta({ id: 'BookingInCalendars' });
const others = z.object({ calendars: z.array(foundCalendar) }).meta({ id: 'OtherCalendars' });
const retry = z.strictObject({ password: appPassword.optional() }).meta({ id: 'CalendarRetry' });
const keep = queryFlag.default('false');

const refusals: ApiErrorCode[] = [
  ...(['credentials_refused', 'not_allowed', 'calendar_gone', 'server_unavailable', 'bad_certificate'] as const),
  ...(['redirected', 'address_refused', 'not_a_calendar_server'] as const),
];

export const connectionRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/calendar-connections',
    tag: 'Calendar',
    summary: 'The connected calendars, oldest first',
    status: 200,
    answer: connections,
    run: async ({ services, user }) => ({ connections: await listCalendarConnections(services, user.id) }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/calendar-connections',
    tag: 'Calendar',
    summary: 'Connect a calendar (CalDAV)',
    description:
      'The login is tried. With `calendar_url`: that calendar; else a new one is made. Then the rentals are written into it, and after each sync what changed.',
    body: newCalendarConnection,
    status: 201,
    answer: connection,
    errors: refusals,
    run: ({ services, user, body }) => connectCalendar(services, user.id, body),
  }),
  userRoute({
    method: 'GET',
    path: '/user/calendar-connections/{id}',
    tag: 'Calendar',
    summary: 'How a connected calendar stands',
    params: ref,
    status: 200,
    answer: connection,
    errors: ['not_found'],
    run: ({ services, user, params }) => readCalendarConnection(services, user.id, params.id),
  }),
  userRoute({
    method: 'GET',
    path: '/user/bookings/{id}/calendars',
    tag: 'Calendar',
    summary: 'How a rental stands in each connected calendar',
    description:
      'None where it has nothing to do there. What was sent of it by mail, push and webhook is under `/user/deliveries`.',
    params: ref,
    status: 200,
    answer: inCalendars,
    run: async ({ services, user, params }) => ({ calendars: await listInCalendars(services, user.id, params.id) }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/calendar-connections/{id}/retry',
    tag: 'Calendar',
    summary: 'Try a connected calendar again, now',
    description: 'With `password`: a new app password, from now on.',
    params: ref,
    body: retry,
    status: 202,
    answer: connection,
    errors: ['not_found'],
    run: ({ services, user, params, body }) => retryConnection(services, user.id, { ...params, ...body }),
  }),
  userRoute({
    method: 'GET',
    path: '/user/calendar-connections/{id}/others',
    scope: 'manage',
    tag: 'Calendar',
    summary: 'The other calendars of the account',
    description: 'Those that can be chosen as `busy_calendars`, asked for at the calendar server now.',
    params: ref,
    status: 200,
    answer: others,
    errors: ['not_found', ...refusals],
    run: async ({ services, user, params }) => ({ calendars: await listOtherCalendars(services, user.id, params.id) }),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/calendar-connections/{id}/busy-calendars',
    tag: 'Calendar',
    summary: 'Choose which calendars say when you have something else',
    description:
      'Of the same account; none by default. Only times during rentals are read and kept, and shown with the rental.',
    params: ref,
    body: busyChoice,
    status: 200,
    answer: connection,
    errors: ['not_found', ...refusals],
    run: ({ services, user, params, body }) => watchCalendars(services, user.id, { ...params, ...body }),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/calendar-connections/{id}',
    tag: 'Calendar',
    summary: 'Disconnect a calendar',
    description: 'Our events are taken out of it, or stay with `keep_events=true`.',
    params: ref,
    query: z.strictObject({ keepEvents: keep }),
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params, query }) =>
      disconnectCalendar(services, user.id, { ...params, keepEvents: query.keepEvents === 'true' }),
  }),
];
