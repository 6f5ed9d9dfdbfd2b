/** When people are told of what happened, by the channels that may disturb them. Pure rules. */
import type { Channel } from './deliveries.ts';
import { bookingEventTypes, failingEventType, type EventType, type StoredEventType } from './events.ts';
import { afterQuietHours, nextOnClock, type QuietHours } from './quiet-hours.ts';

/** They disturb a person, so they keep the hours that the person chose. */
export const personalChannels = ['mail', 'push'] as const satisfies Channel[];

/** What somebody may be told of; `sync.paused`: syncing, or a connected calendar, needs them. */
export const noticeKinds = [...bookingEventTypes, 'sync.paused', 'sync.resumed'] as const satisfies EventType[];

export type NoticeKind = (typeof noticeKinds)[number];

/** Events that go to those who chose this kind. */
export const alsoOfKind = {
  'calendar.needs_you': 'sync.paused',
  [failingEventType]: 'sync.paused',
} as const satisfies Partial<Record<StoredEventType, NoticeKind>>;

/** The events that go to whoever chose these kinds. */
export function eventsOfKinds(kinds: readonly NoticeKind[]): StoredEventType[] {
  const also = Object.entries(alsoOfKind) as [StoredEventType, NoticeKind][];
  return [...kinds, ...also.filter(([, kind]) => kinds.includes(kind)).map(([type]) => type)];
}

/** How long before a rental a device says so; `evening`: at six the evening before. */
export const reminderLeads = ['1h', '2h', 'evening'] as const;

/** Otherwise so many minutes before. */
export const reminderMinutes = { least: 10, most: 1_440 } as const;

export type NamedReminderLead = (typeof reminderLeads)[number];
export type ReminderLead = NamedReminderLead | number;

/** For those who chose nothing. */
export const defaultNoticeKinds: NoticeKind[] = ['sync.paused'];

/** May pass quiet hours and the digest, where it is about today; see `isUrgent` in `db/queries/notice-times.ts`. */
export const urgentKinds = ['booking.canceled', 'booking.removed'] as const satisfies NoticeKind[];

export interface NoticeTiming {
  /** `HH:MM`; null: at once. */
  digestAt: string | null;
  quiet: QuietHours | null;
  urgentPasses: boolean;
  timeZone: string;
}

export interface NoticeTimes {
  /** By mail, of what happens to rentals. */
  usual: Date;
  /** What waits for no digest: what is about syncing or a calendar, and everything that is pushed. */
  needed: Date;
  /** Of what is canceled for today, or begins before it would be told. */
  urgent: { mail: Date; push: Date };
}

/** When something that happens `now` may be told. */
export function noticeTimes(now: Date, timing: NoticeTiming, random = Math.random()): NoticeTimes {
  const needed = afterQuietHours(now, timing.quiet, random);
  const usual = timing.digestAt === null ? needed : nextOnClock(timing.digestAt, now, timing.timeZone);
  return { usual, needed, urgent: timing.urgentPasses ? { mail: now, push: now } : { mail: usual, push: needed } };
}
