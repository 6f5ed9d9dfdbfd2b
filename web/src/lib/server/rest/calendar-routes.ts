/** The calls about calendar feeds, and the files to download. */
import { z } from 'zod';
import { calendarFeed, feedChoices, feedSettings } from '#domain/shapes/calendar.ts';
import { rememberedBookings } from '#domain/shapes/bookings.ts';
import { exportAsOf, pastTypes, rentalsAsOf } from '../bookings/time-machine.ts';
import { exportBookings, exportTypes } from '../calendar/export-bookings.ts';
import { addFeed, changeFeed, listFeedChoices, listFeeds, revokeFeed, rotateFeed } from '../calendar/feeds.ts';
import { pastExport, pastMoment } from '../schemas/booking-inputs.ts';
import { bookingExport, ref } from '../schemas/inputs.ts';
import { queryFlag, withFlags } from './query-flags.ts';
import { FileAnswer, userRoute } from './route.ts';

const feed = calendarFeed.omit({ qr: true }).meta({ id: 'CalendarFeed' });
const choices = feedChoices.meta({ id: 'CalendarFeedChoices' });
const feeds = z.object({ feeds: z.array(feed) }).meta({ id: 'CalendarFeeds' });

const { canceled, includeUnderway } = bookingExport.shape;

export const exportRoute = userRoute({
  method: 'GET',
  path: '/user/bookings/export',
  tag: 'Bookings',
  summary: 'The rentals as a file',
  description: 'By start, with the same filters as the list: CSV for spreadsheets, or ICS for calendars.',
  query: bookingExport.extend({
    canceled: queryFlag.optional().meta({ description: canceled.meta()!.description! }),
    includeUnderway: queryFlag.optional().meta({ description: includeUnderway.meta()!.description! }),
  }),
  status: 200,
  files: Object.values(exportTypes),
  async run({ services, user, query }) {
    await services.limits.take('rentalFile', user.id);
    return asFile(await exportBookings(services, user.id, withFlags(query, 'canceled', 'includeUnderway')));
  },
});

function asFile({ name, type, text }: { name: string; type: string; text: string }): FileAnswer {
  const headers = { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` };
  return new FileAnswer(new TextEncoder().encode(text), headers);
}

export const pastRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/bookings/as-of',
    tag: 'Bookings',
    summary: 'The rentals as they were known at a past moment',
    description: 'From the changes that syncs stored; empty before `remembered_since`.',
    query: pastMoment,
    status: 200,
    answer: rememberedBookings,
    run: ({ services, user, query }) => rentalsAsOf(services, user.id, query),
  }),
  userRoute({
    method: 'GET',
    path: '/user/bookings/as-of/export',
    tag: 'Bookings',
    summary: 'The rentals of a past moment as a file',
    description: 'CSV or JSON, with when each was first seen.',
    query: pastExport,
    status: 200,
    files: Object.values(pastTypes),
    async run({ services, user, query }) {
      await services.limits.take('rentalFile', user.id);
      return asFile(await exportAsOf(services, user.id, query));
    },
  }),
];

export const feedRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/feeds/choices',
    tag: 'Calendar',
    summary: 'What a feed can be narrowed to',
    description: 'The studios, locations and statuses of the rentals.',
    status: 200,
    answer: choices,
    run: ({ services, user }) => listFeedChoices(services, user.id),
  }),
  userRoute({
    method: 'GET',
    path: '/user/feeds',
    scope: 'manage',
    tag: 'Calendar',
    summary: 'The calendar feeds, oldest first',
    description: 'With their addresses, which open the calendar to whoever knows them.',
    status: 200,
    answer: feeds,
    run: async ({ services, user }) => ({ feeds: await listFeeds(services, user.id) }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/feeds',
    tag: 'Calendar',
    summary: 'Make a calendar feed',
    description: 'With an address of its own, which can be revoked alone. At most 20.',
    body: feedSettings,
    status: 201,
    answer: feed,
    run: ({ services, user, body }) => addFeed(services, user.id, body),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/feeds/{id}',
    tag: 'Calendar',
    summary: 'Change what a calendar feed shows',
    description: 'Its address stays.',
    params: ref,
    body: feedSettings,
    status: 200,
    answer: feed,
    errors: ['not_found'],
    run: ({ services, user, params, body }) => changeFeed(services, user.id, { ...params, ...body }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/feeds/{id}/rotate',
    tag: 'Calendar',
    summary: 'Give a calendar feed a new address',
    description: 'The old one opens nothing any more.',
    params: ref,
    status: 200,
    answer: feed,
    errors: ['not_found'],
    run: ({ services, user, params }) => rotateFeed(services, user.id, params.id),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/feeds/{id}',
    tag: 'Calendar',
    summary: 'Close a calendar feed for ever',
    params: ref,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params }) => revokeFeed(services, user.id, params.id),
  }),
];
