import type { RequestEvent } from '@sveltejs/kit';
import { weekStartCookie, weekStartOf, type WeekStart } from '#lib/time/week-start.ts';

/** The first day of this visitor's weeks. */
export function weekStartFor({ cookies, request }: Pick<RequestEvent, 'cookies' | 'request'>): WeekStart {
  return weekStartOf(cookies.get(weekStartCookie), request.headers.get('accept-language'));
}
