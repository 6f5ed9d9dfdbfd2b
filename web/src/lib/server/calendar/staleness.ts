/** What a feed says of its own age, where no sync has succeeded for longer than is usual. Pure. */
import type { FeedOwner, FeedVersion } from '#db/queries/calendar-feeds.ts';
import { policyOf } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { PausedReason } from '#domain/sync-states.ts';
import { dayKey, whenLabel } from '#lib/time/new-york.ts';

export interface Staleness {
  /** For each event: `Not up to date: checked 3 h ago.` */
  note: string;
  /** Since when it is told in these words. */
  since: Date;
  /** One event of the whole day, where it has lasted too long to wait any more. */
  event: StaleEvent | null;
}

export interface StaleEvent {
  uid: string;
  /** Rises from day to day, also where it begins again: calendars refuse a lower one than they have. */
  sequence: number;
  /** In New York, `2026-11-29`. */
  day: string;
  title: string;
  description: string;
}

/** For somebody who can do nothing about it, and is not to read what is wrong with the account of somebody else. */
export function staleForGuests(
  { id, checkedAt, connectedAt }: Pick<Facts, 'id' | 'checkedAt' | 'connectedAt'>,
  intervalMinutes: number,
  now: Date,
): Staleness | null {
  const facts = { id, checkedAt, connectedAt, connected: true, pausedReason: null, lastErrorCode: null };
  const stale = stalenessOf(facts, intervalMinutes, now);
  if (!stale?.event) return stale;
  const title = 'Rentals not up to date: ask who invited you.';
  const checked = checkedAt ? `Last checked: ${whenLabel(checkedAt, now)}, New York time.` : 'Not checked yet.';
  return { ...stale, event: { ...stale.event, title, description: `Times may have changed. ${checked}` } };
}

export interface SharedStaleness {
  /** By the id of the owner, where theirs are older than usual. */
  notes: Record<string, string>;
  /** Of the owner who was checked longest ago, where that is too long. */
  event: Staleness | null;
}

/** What a member reads of rentals that others share, each owner's by that owner's own syncs. Null where all are as new as they can be. */
export function stalenessOfShared(
  { id, owners }: Pick<FeedVersion, 'id' | 'owners'>,
  usualMinutes: number,
  now: Date,
): SharedStaleness | null {
  const found = owners.flatMap((owner) => {
    const stale = staleForGuests({ ...owner, id: `shared-${id}` }, owner.intervalMinutes ?? usualMinutes, now);
    return stale ? [{ owner, stale }] : [];
  });
  if (found.length === 0) return null;
  const events = found.filter(({ stale }) => stale.event).toSorted((a, b) => fromOf(a.owner) - fromOf(b.owner));
  return {
    notes: Object.fromEntries(found.map(({ owner, stale }) => [owner.id, stale.note])),
    event: events[0]?.stale ?? null,
  };
}

const fromOf = ({ checkedAt, connectedAt }: FeedOwner) => (checkedAt ?? connectedAt)!.getTime();

type Facts = Pick<FeedVersion, 'id' | 'checkedAt' | 'connectedAt' | 'connected' | 'pausedReason' | 'lastErrorCode'>;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A sync may start later than the interval says, and takes its time. */
const slackMs = hourMs / 2;
/** After so long in hours, days are exact enough. */
const mostHours = 48;

/** Null where the feed is as new as it can be, or nothing was ever to be synced. */
export function stalenessOf(facts: Facts, intervalMinutes: number, now: Date): Staleness | null {
  const from = facts.checkedAt ?? facts.connectedAt;
  if (!from) return null;
  const age = now.getTime() - from.getTime();
  const usual = Math.max(intervalMinutes * 60_000 + slackMs, hourMs);
  if (age < usual) return null;
  const stepMs = age < mostHours * hourMs ? hourMs : dayMs;
  const steps = Math.floor(age / stepMs);
  const span = stepMs === hourMs ? `${steps} h` : `${steps} days`;
  const note = facts.checkedAt ? `Not up to date: checked ${span} ago.` : `Not up to date: not checked for ${span}.`;
  const since = new Date(from.getTime() + Math.max(steps * stepMs, usual));
  return { note, since, event: age < Math.max(dayMs, usual) ? null : eventOf(facts, from, now) };
}

function eventOf(facts: Facts, from: Date, now: Date): StaleEvent {
  const { message, todo } = wayOut(facts);
  const day = dayKey(now);
  const checked = facts.checkedAt ? `Last checked: ${whenLabel(from, now)}, New York time.` : 'Not checked yet.';
  return {
    uid: `not-up-to-date-${facts.id}`,
    sequence: Date.parse(day) / dayMs,
    day,
    title: `Rentals not up to date: ${todo}`,
    description: `${message} ${checked}`,
  };
}

const pausedByUs = 'No sync has worked for a week, so we paused syncing.';

/** What keeps us from checking, and what the dancer can do. */
function wayOut({ connected, pausedReason, lastErrorCode }: Facts): { message: string; todo: string } {
  if (!connected) return { message: 'No Gibney account is connected.', todo: 'Connect your Gibney account.' };
  if (pausedReason) return pausedWayOut(pausedReason);
  const message = lastErrorCode ? policyOf(lastErrorCode).message : 'No sync has run.';
  return { message, todo: 'Look at the Gibney site itself. We keep trying.' };
}

function pausedWayOut(reason: PausedReason): { message: string; todo: string } {
  if (reason === 'user') return { message: 'Syncing is paused.', todo: 'Press Resume on your dashboard.' };
  if (reason === 'repeated_failure')
    return { message: pausedByUs, todo: 'Check that the Gibney site shows your rentals, then press Resume.' };
  const { message, remedy } = policyOf(reason satisfies FailureKind);
  return { message, todo: remedy };
}
