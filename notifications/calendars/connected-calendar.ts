/** What a push needs of a calendar, whoever keeps it. CalDAV and Google are two of a kind. */
import type { FeedBooking } from '#db/queries/calendar-feeds.ts';
import type { PushWork, WrittenEvent } from '#db/queries/calendar-events.ts';

export interface StoredObject<Body> {
  body: Body;
  etag: string | null;
}

/** It will not take it, and what was said of that: a status, and words or the name of a rule. */
export interface Refused {
  refused: Pick<Required<WrittenEvent>, 'answerStatus' | 'answerReason'>;
}

/** The objects of one calendar: read, made, replaced and removed, each only in the state in which it was last seen. */
export interface CalendarObjects<Body> {
  /** Null where there is none. */
  read(href: string): Promise<StoredObject<Body> | null>;
  /** `exists`: at this address; `uid_taken`: at another one. */
  create(href: string, body: Body): Promise<{ etag: string | null } | 'exists' | 'uid_taken' | Refused>;
  /** `changed`: somebody else changed it since it had this ETag, or it is gone. */
  replace(href: string, body: Body, etag: string | null): Promise<{ etag: string | null } | 'changed' | Refused>;
  /** `changed`: somebody else changed it since. */
  remove(href: string, etag: string | null): Promise<'removed' | 'changed'>;
  /** Where in this calendar the event of that name is, after `uid_taken`. */
  find(name: string): Promise<string | null>;
}

/** How a booking is written there, and what of an event is ours. */
export interface EventShape<Body> {
  /** Where an event of that name goes. */
  hrefOf(name: string): string;
  make(booking: FeedBooking, name: string): Body;
  /** Whether an object is the event of that name. */
  holds(body: Body, name: string): boolean;
  /** The very same body where nothing changes, and null where it cannot be merged. `titleBefore`: as we wrote it last, if that was kept. */
  merge(body: Body, booking: FeedBooking, name: string, titleBefore: string | null): Body | null;
}

export interface EventStore<Body> {
  objects: CalendarObjects<Body>;
  shape: EventShape<Body>;
}

export type Placed = Pick<WrittenEvent, 'href' | 'name'>;
export type Outcome = Placed & Pick<WrittenEvent, 'etag' | 'state' | 'answerStatus' | 'answerReason'>;

/** A calendar that is open for one turn. All of it throws `CalendarError`. */
export interface ConnectedCalendar {
  /** Where the event of a booking goes. */
  placeOf(bookingId: string): Placed;
  /** That it is still there. */
  check(): Promise<void>;
  /** It goes on taking events after it was deleted, so that each turn has to look first. */
  takesAfterDeath: boolean;
  write(work: PushWork): Promise<Outcome>;
  remove(event: Pick<WrittenEvent, 'href' | 'name' | 'etag'>): Promise<void>;
  /** Events that may be written at the same time. */
  atOnce: number;
  /** Removes the calendar with all that we wrote, where it is ours and holds nothing else. If false, events are removed one by one. */
  dismiss?(): Promise<boolean>;
  /** Nothing of it is wanted any more. */
  giveBack?(): Promise<void>;
  close(): void;
}
