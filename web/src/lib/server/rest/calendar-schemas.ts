/** What the REST API takes and gives of calendar feeds and exports, in snake_case. */
import { z } from 'zod';
import * as inputs from '../schemas/calendar-inputs.ts';
import { time } from '../schemas/views.ts';

const { studios, locations, statuses, upcomingOnly, hideCanceled } = inputs.feedFilters.shape;

const filterNotes = {
  upcoming_only: 'From the beginning of today on.',
  hide_canceled: 'Canceled rentals go at once; else they stay for 14 days, marked as canceled.',
};

export const feedBody = z
  .object({
    name: inputs.feedName,
    filters: z
      .strictObject({
        studios,
        locations,
        statuses,
        upcoming_only: upcomingOnly.meta({ description: filterNotes.upcoming_only }),
        hide_canceled: hideCanceled.meta({ description: filterNotes.hide_canceled }),
      })
      .default({}),
    alarm_minutes: inputs.alarmMinutes.default([]).meta({ description: 'Minutes before the start.' }),
  })
  .meta({ id: 'CalendarFeedSettings', description: 'What is left out shows everything and rings never.' });

const texts = z.array(z.string());

export const feed = z
  .object({
    id: z.uuid(),
    name: z.string(),
    url: z.url().meta({ description: 'Whoever knows this address can read the calendar.' }),
    webcal_url: z.string(),
    subscribe: z.object({ google: z.string(), apple: z.string(), outlook: z.string() }),
    filters: z.object({
      studios: texts,
      locations: texts,
      statuses: texts,
      upcoming_only: z.boolean(),
      hide_canceled: z.boolean(),
    }),
    alarm_minutes: z.array(z.int()),
    created_at: time,
    updated_at: time,
    last_fetched_at: time.nullable().meta({ description: 'To a few minutes.' }),
  })
  .meta({ id: 'CalendarFeed' });

export const feeds = z.object({ feeds: z.array(feed) }).meta({ id: 'CalendarFeeds' });

export const feedParams = z.object({ id: z.uuid() });

export const exportQuery = inputs.bookingExport;

/** The body as the services take it. */
export function feedSettings({ name, filters, alarm_minutes }: z.output<typeof feedBody>) {
  const { upcoming_only, hide_canceled, ...lists } = filters;
  return {
    name,
    filters: { ...lists, upcomingOnly: upcoming_only, hideCanceled: hide_canceled },
    alarmMinutes: alarm_minutes,
  };
}
