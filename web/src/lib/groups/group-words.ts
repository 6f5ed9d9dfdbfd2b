/** What pages say of groups. */
import type { GroupRuleView, GroupView } from '#domain/shapes/groups.ts';

export const roleWords = { owner: 'Yours', editor: 'You are an editor', viewer: 'You are a viewer' } as const;

export const weekdays = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'];

const counted = (count: number, one: string) => `${count.toLocaleString('en-US')} ${one}${count === 1 ? '' : 's'}`;

/** `12 rentals, 3 to come · 2 members` */
export function groupFacts({ role, ownerName, rentals, upcoming, members }: GroupView): string {
  const facts = [`${counted(rentals, 'rental')}, ${upcoming.toLocaleString('en-US')} to come`];
  if (role === 'owner') facts.push(counted(members, 'member'));
  else facts.unshift(`From ${ownerName}`);
  return facts.join(' · ');
}

/** `Tuesdays, Studio E, 7:00 PM to 9:00 PM, name contains “Swan”` */
export function ruleText({ weekday, studio, startsFrom, startsTo, nameContains }: GroupRuleView): string {
  const says: string[] = [];
  if (weekday !== null) says.push(weekdays[weekday]!);
  if (studio !== null) says.push(studio);
  const times = timesText(startsFrom, startsTo);
  if (times) says.push(times);
  if (nameContains !== null) says.push(`name contains “${nameContains}”`);
  const text = says.join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function timesText(from: string | null, to: string | null): string | null {
  if (from !== null && from === to) return `starts at ${clockText(from)}`;
  if (from !== null && to !== null) return `starts from ${clockText(from)} to ${clockText(to)}`;
  if (from !== null) return `starts at ${clockText(from)} or later`;
  return to === null ? null : `starts at ${clockText(to)} or earlier`;
}

function clockText(clock: string): string {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return `${hour % 12 || 12}:${String(minute).padStart(2, '0')} ${hour < 12 ? 'AM' : 'PM'}`;
}
