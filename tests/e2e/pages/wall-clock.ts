/** A time in the afternoon, so many days from now in New York, as the portal writes it. */
export function wallClock(days: number, hour: number): string {
  const day = new Date(Date.now() + days * 86_400_000);
  const date = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York' }).format(day);
  return `${date} ${hour}:00 PM`;
}

/** So long from now, as a field takes a time in New York. */
export function inputTime(days: number, hours = 0): string {
  const moment = new Date(Date.now() + days * 86_400_000 + hours * 3_600_000);
  return moment.toLocaleString('sv-SE', { timeZone: 'America/New_York' }).slice(0, 16).replace(' ', 'T');
}
