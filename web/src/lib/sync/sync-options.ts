/** The options of a sync, as the form beside Sync Now has them. */
import type { SyncOptions } from '#domain/sync.ts';
import { addDays, isDayKey, startOfDay } from '#lib/time/days.ts';

/** Undefined where nothing is chosen. Days are the studio's, both of them included. */
export function optionsIn(form: FormData): SyncOptions | undefined {
  const day = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' && isDayKey(value) ? value : null;
  };
  const [from, to] = [day('from'), day('to')];
  const options: SyncOptions = {
    ...(form.has('upcomingOnly') && { upcomingOnly: true }),
    ...(form.has('freshSession') && { freshSession: true }),
    ...(form.has('dryRun') && { dryRun: true }),
    ...(from && { from: startOfDay(from) }),
    ...(to && { to: startOfDay(addDays(to, 1)) }),
  };
  return Object.keys(options).length > 0 ? options : undefined;
}
