/** What the last sync found new about a booking, as a few words beside it. */
import type { BookingView, ChangeView } from '#domain/shapes/bookings.ts';
import { clockTime, dayKey, whenLabel } from '#lib/time/new-york.ts';

/** Notes by booking id. `changes` are those of one sync. Where most rentals are new, none is worth a note. */
export function notesOf(changes: ChangeView[], bookings: BookingView[], now: number): Map<string, string[]> {
  const added = changes.filter(({ kind }) => kind === 'added').length;
  const worthSaying = changes.filter(({ kind }) => kind !== 'added' || added * 2 < bookings.length);
  const notes = new Map<string, string[]>();
  for (const change of worthSaying) {
    const note = noteOf(change, now);
    if (note) notes.set(change.bookingId, [...(notes.get(change.bookingId) ?? []), note]);
  }
  return notes;
}

function noteOf({ kind, before, after }: ChangeView, now: number): string | null {
  switch (kind) {
    case 'added':
      return 'new';
    case 'restored':
      return 'back again';
    case 'moved':
      return movedFrom(text(before?.starts_at), text(after?.starts_at), now);
    case 'studio':
      return `was ${text(before?.studio) ?? 'another studio'}`;
    case 'location':
      return `was at ${text(before?.location) ?? 'another place'}`;
    case 'status':
      return `was ${text(before?.status) ?? 'of another status'}`;
    default:
      return null;
  }
}

function movedFrom(before: string | null, after: string | null, now: number): string {
  if (!before) return 'moved';
  if (before === after) return 'another length';
  const sameDay = after !== null && dayKey(before) === dayKey(after);
  return `moved from ${sameDay ? clockTime(before) : whenLabel(before, now)}`;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
