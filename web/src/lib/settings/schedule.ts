/** What the form of the sync schedule offers. */
export const nightFrom = '23:00';
export const nightTo = '07:00';

const offered = [30, 60, 120, 180, 240, 360, 480, 720, 1440];

/** The offered intervals, and the present one where it is another. */
export function intervals(present: number): { minutes: number; label: string }[] {
  return [...new Set([...offered, present])]
    .sort((one, other) => one - other)
    .map((minutes) => ({ minutes, label: intervalLabel(minutes) }));
}

function intervalLabel(minutes: number): string {
  if (minutes === 60) return 'every hour';
  if (minutes === 1440) return 'once a day';
  return minutes % 60 === 0 ? `every ${minutes / 60} hours` : `every ${minutes} minutes`;
}

/** New York first, then the stored zone and the browser's, then what dancers on tour want most. */
export function zonesFor(stored: string, browser: string | null): string[] {
  const common = [
    'America/Chicago',
    'America/Denver',
    'America/Los_Angeles',
    'Europe/London',
    'Europe/Berlin',
    'Asia/Tokyo',
    'UTC',
  ];
  return [...new Set(['America/New_York', stored, ...(browser ? [browser] : []), ...common])];
}
