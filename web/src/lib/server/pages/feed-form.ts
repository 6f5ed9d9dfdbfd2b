/** The form of a calendar feed, as `calendar.create` and `calendar.update` take it. */
export interface FeedFields {
  name: string;
  filters: {
    studios: string[];
    locations: string[];
    statuses: string[];
    upcomingOnly: boolean;
    hideCanceled: boolean;
  };
  alarmMinutes: number[];
}

export function feedFieldsOf(form: FormData): FeedFields {
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
