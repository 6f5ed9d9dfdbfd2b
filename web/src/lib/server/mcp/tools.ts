/** What an assistant can do. A thin layer: each tool calls the service function that REST and tRPC call too. */
import { z } from 'zod';
import { booking, bookings, changes } from '#domain/shapes/bookings.ts';
import { calendarFeed } from '#domain/shapes/calendar.ts';
import { groupBooking } from '#domain/shapes/groups.ts';
import { syncStatus } from '#domain/shapes/sync.ts';
import { dateLabel, dayLabel, timeRange } from '#lib/time/new-york.ts';
import { listBookings, listUpcoming } from '../bookings/bookings.ts';
import { listFeeds } from '../calendar/feeds.ts';
import { listChanges } from '../changes/changes.ts';
import { listShared } from '../groups/groups.ts';
import { bookingList, changeList, pauseRequest } from '../schemas/inputs.ts';
import { pauseSync, resumeSync } from '../sync/commands.ts';
import { readStatus } from '../sync/status.ts';
import { syncNow } from './sync-now.ts';
import { tool } from './tool.ts';

const nothing = z.strictObject({});
const steering = { readOnlyHint: false };

const when = z.string().meta({ description: 'On the clock of the studio, in New York. Tell people this one.' });
const rental = booking.extend({ when }).meta({ id: 'Rental' });
const sharedRental = groupBooking.extend({ when }).meta({ id: 'SharedRental' });

function told<Booking extends Pick<z.input<typeof booking>, 'startsAt' | 'endsAt'>>(given: Booking) {
  const { startsAt, endsAt } = given;
  const weekday = dayLabel(startsAt).split(' ')[0];
  return { ...given, when: `${weekday}, ${dateLabel(startsAt)}, ${timeRange(startsAt, endsAt)}, New York time` };
}

export const tools = [
  tool({
    name: 'next_rental',
    title: 'Next rental',
    description:
      'The next studio rental of one’s own, or the one that is under way, and the next of those that others share in a group (`shared`). Null where there is none.',
    scope: 'read',
    input: nothing,
    output: z.object({ rental: rental.nullable(), shared: sharedRental.nullable().optional() }),
    async run({ services, userId }) {
      const [[next], [shared]] = await Promise.all([
        listUpcoming(services, userId, { limit: 1 }),
        listShared(services, userId, { limit: 1 }),
      ]);
      return { rental: next ? told(next) : null, shared: shared ? told(shared) : null };
    },
  }),
  tool({
    name: 'list_rentals',
    title: 'List rentals',
    description:
      'The user’s own studio rentals, without what others share with them, newest start first. Without filters all of them: past, canceled and removed ones too. `from` and `to` are days in New York, both included, or moments with a zone.',
    scope: 'read',
    input: bookingList,
    output: bookings.extend({ bookings: z.array(rental) }).meta({ id: 'Rentals' }),
    async run({ services, userId }, input) {
      const found = await listBookings(services, userId, input);
      return { ...found, bookings: found.bookings.map(told) };
    },
  }),
  tool({
    name: 'list_changes',
    title: 'List changes',
    description: 'What syncs found different about the rentals: added, moved, canceled, removed. Newest first.',
    scope: 'read',
    input: changeList,
    output: changes,
    run: ({ services, userId }, input) => listChanges(services, userId, input),
  }),
  syncNow,
  tool({
    name: 'sync_status',
    title: 'Sync status',
    description:
      'Where syncing stands: the running or last sync, when rentals were last read, when they are read next, and why syncing is paused.',
    scope: 'read',
    input: nothing,
    output: syncStatus,
    run: ({ services, userId }) => readStatus(services, userId),
  }),
  tool({
    name: 'pause_syncing',
    title: 'Pause syncing',
    description:
      'No more syncs until resume_syncing, or until `until`: a moment with its zone, or the day in New York on whose beginning the pause ends. Rentals stay; a sync that runs goes on to its end.',
    scope: 'sync',
    hints: steering,
    input: pauseRequest,
    output: z.object({ paused: z.literal(true) }),
    async run({ services, userId }, { until }) {
      await pauseSync(services, userId, { until });
      return { paused: true as const };
    },
  }),
  tool({
    name: 'resume_syncing',
    title: 'Resume syncing',
    description: 'Ends a pause of any reason, so that rentals are read again as scheduled.',
    scope: 'sync',
    hints: steering,
    input: nothing,
    output: z.object({ paused: z.literal(false) }),
    async run({ services, userId }) {
      await resumeSync(services, userId);
      return { paused: false as const };
    },
  }),
  tool({
    name: 'calendar_address',
    title: 'Calendar address',
    description:
      'The addresses that a calendar app subscribes to. Whoever knows one can read that calendar, so show it to its owner only.',
    scope: 'manage',
    input: nothing,
    output: z.object({ feeds: z.array(calendarFeed.pick({ id: true, name: true, url: true, webcalUrl: true })) }),
    run: async ({ services, userId }) => ({ feeds: await listFeeds(services, userId) }),
  }),
];
