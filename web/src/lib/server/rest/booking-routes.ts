/** The calls about rentals and what changed of them. */
import { z } from 'zod';
import { booking, bookingDetail, bookings, changes } from '#domain/shapes/bookings.ts';
import { listBookings, listUpcoming } from '../bookings/bookings.ts';
import { readBookingDetail } from '../bookings/overview.ts';
import { listChanges } from '../changes/changes.ts';
import * as inputs from '../schemas/inputs.ts';
import { userRoute } from './route.ts';

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
    path: '/user/changes',
    tag: 'Bookings',
    summary: 'What syncs found different, newest first',
    description: 'Of one rental or of one sync where asked.',
    query: inputs.changeList,
    status: 200,
    answer: changes,
    errors: ['bad_cursor'],
    run: ({ services, user, query }) => listChanges(services, user.id, query),
  }),
];
