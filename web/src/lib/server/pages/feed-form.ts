/** The form of a calendar feed, as `calendar.create` and `calendar.update` take it. */
import type { z } from 'zod';
import type { feedSettings } from '#domain/shapes/calendar.ts';

export function feedFieldsOf(form: FormData): z.input<typeof feedSettings> {
  const texts = (name: string) => form.getAll(name).filter((value) => typeof value === 'string');
  return {
    name: texts('name')[0] ?? '',
    filters: {
      studios: texts('studio'),
      locations: texts('location'),
      statuses: texts('status'),
      upcomingOnly: form.has('upcomingOnly'),
      hideCanceled: form.has('hideCanceled'),
    },
    alarmMinutes: texts('alarm').map(Number),
  };
}
