/** A time in the afternoon, so many days from now in New York, as the portal writes it. */
export function wallClock(days: number, hour: number): string {
  const day = new Date(Date.now() + days * 86_400_000);
  const date = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York' }).format(day);
  return `${date} ${hour}:00 PM`;
}
