/** The form of the sync schedule, as `settings.update` takes it. What is wrong with it is said there. */
import { Temporal } from 'temporal-polyfill';
import { studioZone } from '#domain/studio-zone.ts';
import type { SettingsView } from '#domain/shapes/account.ts';

export function scheduleOf(form: FormData): SettingsView {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  const isQuiet = form.has('quiet');
  return {
    intervalMinutes: Number(text('intervalMinutes')),
    quietFrom: isQuiet ? text('quietFrom') : null,
    quietTo: isQuiet ? text('quietTo') : null,
    timeZone: text('timeZone'),
    closerBeforeRentals: form.has('closerBeforeRentals'),
  };
}

/** What a person typed as a time in New York, as a moment. Null where nothing was; what is no time stays, to be refused. */
export function newYorkMoment(typed: string): string | null {
  if (typed === '') return null;
  try {
    return Temporal.PlainDateTime.from(typed).toZonedDateTime(studioZone).toInstant().toString();
  } catch {
    // The schema says what is wrong with it.
    return typed;
  }
}
