/** The form of a call sheet, as `callSheets.create` and `callSheets.update` take it. */
import { addDays, isDayKey, startOfDay } from '#lib/time/days.ts';

export function sheetFieldsOf(form: FormData) {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  const filled = (name: string) => text(name) || undefined;
  const words = { title: text('title'), note: text('note'), hostName: text('hostName') };
  const endsAfter = text('endsAfter');
  const endsAt = () => (isDayKey(endsAfter) ? startOfDay(addDays(endsAfter, 1)) : null);
  const groupId = filled('groupId');
  return {
    words,
    /** As typed, to be shown again. */
    values: { ...words, from: text('from'), to: text('to'), endsAfter },
    // Who chooses a group leaves the days as they stand there.
    subject: groupId ? { groupId } : { bookingId: filled('bookingId'), from: filled('from'), to: filled('to') },
    given: {
      ...words,
      namesShown: form.has('namesShown'),
      // The link works to the end of that day in New York. Untouched, it stays as it is: nobody chose it.
      expiresAt: endsAfter === text('endedAfter') ? undefined : endsAt(),
    },
  };
}
