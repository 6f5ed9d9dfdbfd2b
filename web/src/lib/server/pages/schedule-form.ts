/** The form of the sync schedule, as `settings.update` takes it. What is wrong with it is said there. */
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
  };
}
