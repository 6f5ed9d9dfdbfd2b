/** The calls about rentals. */
import { z } from 'zod';
import { booking, bookingDetail, bookings, clash, overlap } from '#domain/shapes/bookings.ts';
import { listBookings, listUpcoming } from '../bookings/bookings.ts';
import { listBusy, listOverlaps, readBookingDetail } from '../bookings/overview.ts';
import * as inputs from '../schemas/inputs.ts';
import { userRoute } from './route.ts';

const overlaps = z.object({ overlaps: z.array(overlap) }).meta({ id: 'Overlaps' });
const busy = z.object({ busy: z.array(clash) }).meta({ id: 'BusyTimes' });
const upcoming = z.object({ bookings: z.array(booking) }).meta({ id: 'UpcomingBookings' });

export const bookingRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/bookings',
    tag: 'Bookings',
    summary: 'The rentals, newest start first',
    description: 'Without filters all of them: past, canceled and removed ones too.',
    query: inputs.bookingList,
    status: 200,
    answer: bookings,
    errors: ['bad_cursor'],
    run: ({ services, user, query }) => listBookings(services, user.id, query),
  }),
  userRoute({
    method: 'GET',
    path: '/user/bookings/upcoming',
    tag: 'Bookings',
    summary: 'The rentals to come, next one first',
    description: 'What has not ended yet, without canceled and removed ones.',
    query: inputs.upcomingList,
    status: 200,
    answer: upcoming,
    run: async ({ services, user, query }) => ({ bookings: await listUpcoming(services, user.id, query) }),
  }),
  userRoute({
    method: 'GET',
    path: '/user/bookings/{id}',
    tag: 'Bookings',
    summary: 'One rental',
    description: 'With when syncs saw it, and what conflicts with it. Its history: `GET /user/changes?booking_id=`.',
    params: inputs.ref,
    status: 200,
    answer: bookingDetail,
    errors: ['not_found'],
    run: ({ services, user, params }) => readBookingDetail(services, user.id, params.id),
  }),
  userRoute({
    method: 'GET',
    path: '/user/bookings/overlaps',
    tag: 'Bookings',
    summary: 'Coming rentals that are at the same time',
    description: 'Two by two, the nearest first; 50 at most.',
    status: 200,
    answer: overlaps,
    run: async ({ services, user }) => ({ overlaps: await listOverlaps(services, user.id) }),
  }),
  userRoute({
    method: 'GET',
    path: '/user/bookings/busy',
    tag: 'Bookings',
    summary: 'When there is something else during coming rentals',
    description: 'According to the calendars that the user has watched.',
    status: 200,
    answer: busy,
    run: async ({ services, user }) => ({ busy: await listBusy(services, user.id) }),
  }),
];
