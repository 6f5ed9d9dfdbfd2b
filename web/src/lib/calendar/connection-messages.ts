/** How a connected calendar stands, in words. */
import type { CalendarConnectionView, ConnectionState } from '#domain/shapes/calendar-connections.ts';
import { agoText } from '#lib/time/spans.ts';

/** The words for each state, and the class of their color. */
export const stateDisplay: Record<ConnectionState, { label: string; tone: string }> = {
  filling: { label: 'Being filled', tone: '' },
  ok: { label: 'Up to date', tone: 'tone-good' },
  needs_you: { label: 'Needs you', tone: 'tone-bad' },
  failing: { label: 'Does not answer', tone: 'tone-bad' },
};

/** `Last written 4 minutes ago. 12 rentals to go.` */
export function progressText({ lastPushedAt, pending, refused }: CalendarConnectionView, now: number): string {
  const parts = [
    lastPushedAt ? `Last written ${agoText(now - Date.parse(lastPushedAt))}.` : 'Nothing written yet.',
    pending > 0 && `${rentals(pending)} to go.`,
    refused > 0 && `${rentals(refused)} your calendar would not take.`,
  ];
  return parts.filter((part) => part !== false).join(' ');
}

const rentals = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'rental' : 'rentals'}`;
