/** Why a sync is due, in a few words, wherever upcoming syncs are listed. */
import type { ScheduleReason } from './sync-states.ts';

const texts: Record<ScheduleReason, string> = {
  interval: 'as usual',
  backoff: 'later than usual, because Gibney had problems',
  retry_soon: 'soon, because the last one failed on our side',
  quiet_hours: 'after your quiet hours',
  circuit_open: 'later, because Gibney has problems for many dancers',
  awaited: 'as soon as possible',
  again: 'you asked for it',
  rental_near: 'sooner, because a rental is near',
  pause_ended: 'after your pause',
};

export function reasonText(reason: ScheduleReason): string {
  return texts[reason];
}
