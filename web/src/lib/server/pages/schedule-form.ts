/** The form of the sync schedule, as `settings.update` takes it. What is wrong with it is said there. */
export interface ScheduleInput {
  intervalMinutes: number;
  quietFrom: string | null;
  quietTo: string | null;
  timeZone: string;
}

export function scheduleOf(form: FormData): ScheduleInput {
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
