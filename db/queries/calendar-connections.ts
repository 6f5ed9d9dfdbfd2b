/** Connected calendars: how they stand, and what is due. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { calendarFailures, mayPass, triesAfterMs, type CalendarFailureCode } from '#domain/calendar-failures.ts';
import type { ConnectionKind } from '#domain/shapes/calendar-connections.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { secretContext, type Secrets } from '../secrets.ts';
import { studioZoneName } from '../studio-day.ts';
import { isUuid } from '#domain/ids.ts';
import {
  forgetFailing,
  isBehind,
  mayBeBehind,
  nextRetry,
  pendingCount,
  refusedCount,
  retryRefused,
  retryRefusedDaily,
} from './calendar-events.ts';
import { NoSuchUserError } from './portal-accounts.ts';
import { takeTurn, writeCalendarEvent } from './events.ts';
import { lockUser, lockUserAlone } from './users.ts';

type Connection = Row<'calendar_connections'>;

const shownColumns = [
  ...(['c.id', 'c.kind', 'c.name', 'c.username', 'c.state', 'c.calendarUrl', 'c.lastPushedAt'] as const),
  ...(['c.error', 'c.createdAt', 'c.busyCalendars'] as const),
];

export interface ConnectionRow extends Pick<
  Connection,
  | 'id'
  | 'kind'
  | 'name'
  | 'username'
  | 'state'
  | 'calendarUrl'
  | 'lastPushedAt'
  | 'error'
  | 'createdAt'
  | 'busyCalendars'
> {
  pending: number;
  refused: number;
}

/** The user's calendars, or the one with this id, oldest first. Not those that are being disconnected. */
export function listConnections(em: EntityManager, userId: string, id?: string): Promise<ConnectionRow[]> {
  return kysely(em)
    .selectFrom('calendar_connections as c')
    .select(shownColumns)
    .select([pendingCount.as('pending'), refusedCount.as('refused')])
    .where('c.userId', '=', userId)
    .where('c.removingAt', 'is', null)
    .$if(id !== undefined, (found) => found.where('c.id', '=', id!))
    .orderBy('c.createdAt')
    .orderBy('c.id')
    .execute();
}

export interface NewConnection extends Pick<Connection, 'kind' | 'serverUrl' | 'username' | 'calendarUrl' | 'name'> {
  /** The sealed secret: an app password, or a refresh token. */
  password: string;
}

export type AddedConnection =
  | { id: string }
  | { refused: 'connected' | 'too_many' }
  /** Our events are still being taken out of this very calendar, by the connection `id`. */
  | { refused: 'removing'; id: string };

/** Where the user already has `most`, or this very calendar, none is added. Throws {@link NoSuchUserError}. */
export async function addConnection(
  em: EntityManager,
  secrets: Secrets,
  userId: string,
  { password, ...given }: NewConnection,
  most: number,
): Promise<AddedConnection> {
  return em.transactional(async (tx) => {
    if (!(await lockUserAlone(tx, userId))) throw new NoSuchUserError();
    const db = kysely(tx);
    const found = await db
      .selectFrom('calendar_connections')
      .select(['id', 'kind', 'calendarUrl', 'removingAt'])
      .where('userId', '=', userId)
      .execute();
    const same = found.find(({ kind, calendarUrl }) => isOnce(kind, given.kind) || calendarUrl === given.calendarUrl);
    if (same) return same.removingAt ? { refused: 'removing', id: same.id } : { refused: 'connected' };
    if (found.filter(({ removingAt }) => !removingAt).length >= most) return { refused: 'too_many' };
    const id = randomUUID();
    const passwordSealed = secrets.seal(password, secretContext.calendarPassword(id));
    const values = { id, userId, ...given, passwordSealed, dueAt: now };
    await db.insertInto('calendar_connections').values(values).execute();
    return { id };
  });
}

/** Giving access back to Google gives all of it back, so an account there is connected once. */
const isOnce = (kind: ConnectionKind, wanted: ConnectionKind): boolean => kind === 'google' && wanted === 'google';

/** The user's Google Calendar, even while our events are being taken out of it. */
export async function findGoogleConnection(
  em: EntityManager,
  userId: string,
): Promise<Pick<Connection, 'id' | 'calendarUrl' | 'passwordSealed' | 'removingAt'> | null> {
  const found = kysely(em)
    .selectFrom('calendar_connections')
    .select(['id', 'calendarUrl', 'passwordSealed', 'removingAt'])
    .where((eb) => eb.and({ userId, kind: 'google' }));
  return (await found.executeTakeFirst()) ?? null;
}

/** Ends the wait for the person: with a new password, or as it is. False where there is no such connection. */
export async function reviveConnection(
  em: EntityManager,
  secrets: Secrets,
  { userId, id, password }: { userId: string; id: string; password?: string | undefined },
): Promise<boolean> {
  const { numUpdatedRows } = await kysely(em)
    .updateTable('calendar_connections as c')
    .set((eb) => ({
      state: sql<'ok'>`case when ${eb.ref('lastPushedAt')} is null then 'filling' when state = 'needs_you' then 'failing' else state end`,
      failingSince: null,
      refusedSince: null,
      dueAt: now,
      updatedAt: now,
      revision: sql<number>`revision + 1`,
    }))
    .$if(password !== undefined, (update) =>
      update.set({ passwordSealed: secrets.seal(password!, secretContext.calendarPassword(id)) }),
    )
    .where((eb) => eb.and({ 'c.id': id, 'c.userId': userId }))
    .where('c.removingAt', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await retryRefused(em, id);
  return numUpdatedRows > 0n;
}

/**
 * Forgets the connection: at once, or when our events are out of the calendar and access is given back. False where there is
 * no such connection.
 */
export async function endConnection(
  em: EntityManager,
  { userId, id, keepEvents }: { userId: string; id: string; keepEvents: boolean },
): Promise<boolean> {
  const db = kysely(em);
  if (keepEvents) {
    const gone = db.deleteFrom('calendar_connections').where((eb) => eb.and({ id, userId, kind: 'caldav' }));
    if ((await gone.executeTakeFirst()).numDeletedRows > 0n) return true;
  }
  const { numUpdatedRows } = await db
    .updateTable('calendar_connections')
    .set({ removingAt: now, keepsEvents: keepEvents, dueAt: now, updatedAt: now, revision: sql<number>`revision + 1` })
    .set({ failingSince: null, refusedSince: null, toldOf: null })
    .where((eb) => eb.and({ id, userId }))
    .where('removingAt', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** It is there again, as before it was disconnected. */
export async function endRemoval(em: EntityManager, { id, revision }: Known): Promise<void> {
  await kysely(em)
    .updateTable('calendar_connections')
    .set({ removingAt: null, updatedAt: now })
    .where((eb) => eb.and({ id, revision }))
    .execute();
}

export async function deleteConnection(em: EntityManager, id: string): Promise<void> {
  await kysely(em).deleteFrom('calendar_connections').where('id', '=', id).execute();
}

export type PushTarget = Omit<Connection, 'createdAt' | 'updatedAt'> & {
  /** It is to be looked at, and not only later. */
  isDue: boolean;
};

/** What a push works with, or null where the connection is gone. The password is sealed. */
export async function readPushTarget(em: EntityManager, id: string): Promise<PushTarget | null> {
  if (!isUuid(id)) return null;
  const found = kysely(em)
    .selectFrom('calendar_connections')
    .selectAll()
    .select(sql<boolean>`coalesce(due_at <= now(), false)`.as('isDue'))
    .where('id', '=', id);
  return (await found.executeTakeFirst()) ?? null;
}

/** Of `calendar_connections as c`: busy times are to be read, which a push does at its end. */
const wantsReading = sql<boolean>`(c.busy_calendars <> '[]' and (c.busy_read_at is null
  or c.busy_read_at < date_trunc('day', now() at time zone ${studioZoneName}) at time zone ${studioZoneName}))`;

/** Notes, in the transaction that ends a sync, which calendars of the user are behind. */
export async function noteDue(em: EntityManager, userId: string): Promise<void> {
  await retryRefusedDaily(em, userId);
  await sql`update calendar_connections c set looked_at = now(), due_at = case
      when ${isBehind} or ${wantsReading} then now() else due_at end
    where user_id = ${userId} and state <> 'needs_you' and removing_at is null and ${mayBeBehind}`.execute(kysely(em));
}

/** The user's calendars that are behind and can be written to. */
export async function listDue(em: EntityManager, userId: string): Promise<string[]> {
  const found = await kysely(em)
    .selectFrom('calendar_connections')
    .select('id')
    .where('userId', '=', userId)
    .where('dueAt', '<=', now)
    .execute();
  return found.map(({ id }) => id);
}

/** Calendars of any user that have been behind since before, those that have waited longest first. */
export async function listOverduePushes(em: EntityManager, before: Date, limit: number): Promise<string[]> {
  const found = await kysely(em)
    .selectFrom('calendar_connections')
    .select('id')
    .where('dueAt', '<', before)
    .orderBy('dueAt')
    .limit(limit)
    .execute();
  return found.map(({ id }) => id);
}

type Known = Pick<PushTarget, 'id' | 'revision'>;

/** Of a calendar that takes what is written, though not yet all of it. */
const worksAgain = sql<'ok'>`case when state not in ('failing', 'needs_you') then state
  when last_pushed_at is null then 'filling' else 'ok' end`;

/**
 * The password was refused, perhaps where busy times are read, which nothing but reading can tell: it comes after the push, and
 * clears this. Where it never gets that far, this counts no longer than a day, so that a later refusal is told.
 */
const isReadingToTell = sql<boolean>`(busy_calendars <> '[]' and told_of = 'credentials_refused'
  and refused_since > now() - interval '1 day')`;
const refusedSinceAfter = sql<Date | null>`case when ${isReadingToTell} then refused_since end`;
const toldOfAfter = sql<CalendarFailureCode | null>`case when ${isReadingToTell} then told_of end`;

/** Something was written. */
export async function notePushed(em: EntityManager, { id, revision }: Known): Promise<void> {
  await kysely(em)
    .updateTable('calendar_connections')
    .set({ state: worksAgain, lastPushedAt: now, updatedAt: now })
    .set({ error: null, failingSince: null, refusedSince: refusedSinceAfter, toldOf: toldOfAfter })
    .where((eb) => eb.and({ id, revision }))
    .execute();
}

/**
 * The calendar is as it should be, unless something has come up since the target was read. Where some events wait to be tried
 * again, how it stands is left as it is; returns in how many milliseconds the next of them is due.
 */
export async function noteUpToDate(
  em: EntityManager,
  { id, revision, dueAt }: Known & Pick<PushTarget, 'dueAt'>,
): Promise<number | null> {
  const { rows } = await sql<{ againInMs: number | null }>`update calendar_connections c set updated_at = now(),
      state = case when waiting then c.state else 'ok' end, error = case when waiting then c.error end,
      failing_since = case when waiting then c.failing_since end,
      refused_since = case when waiting then c.refused_since else ${refusedSinceAfter} end,
      told_of = case when waiting then c.told_of else ${toldOfAfter} end,
      last_pushed_at = case when waiting then c.last_pushed_at else coalesce(c.last_pushed_at, now()) end,
      due_at = case when c.due_at is distinct from ${dueAt} then c.due_at else retry_at end
    from (select at as retry_at, at is not null as waiting from calendar_connections c, lateral (select ${nextRetry} as at) one
      where c.id = ${id}) next
    where c.id = ${id} and c.revision = ${revision}
    returning case when waiting then greatest(extract(epoch from retry_at - now()) * 1000, 1000)::int end
      as again_in_ms`.execute(kysely(em));
  const againInMs = rows[0]?.againInMs ?? null;
  if (againInMs === null) await forgetFailing(em, id);
  return againInMs;
}

export interface PushFailure {
  failingSince: Date;
  /** By itself, though it is said to need the person. */
  isTriedAgain: boolean;
  /** Delivery targets of the user that have something to be told. */
  targets: string[];
}

/**
 * A server that asks us to wait has not failed. Where the person has to go on, they are told: once, until it has worked
 * again or stops for another reason. Null where the connection is gone or has changed since.
 */
export function notePushFailure(
  em: EntityManager,
  { id, userId, revision }: Known & Pick<PushTarget, 'userId'>,
  error: CalendarFailureCode,
): Promise<PushFailure | null> {
  const { needsYou } = calendarFailures[error];
  const state = needsYou ? 'needs_you' : error === 'rate_limited' ? null : 'failing';
  return em.transactional(async (tx) => {
    if (needsYou) {
      await lockUser(tx, userId);
      await takeTurn(tx, userId);
    }
    const { rows } = await sql<Stopped>`update calendar_connections c set
        state = coalesce(${state}, c.state), error = ${error}, failing_since = coalesce(c.failing_since, now()),
        refused_since = before.refused_since, updated_at = now(),
        due_at = case when ${needsYou} then ${nextTry(error)} else coalesce(c.due_at, now()) end,
        told_of = case when ${needsYou} and c.removing_at is null then ${error} else c.told_of end
      from (select id, told_of, case when ${mayPass(error)} then coalesce(refused_since, now()) else refused_since end
          as refused_since from calendar_connections where id = ${id} for no key update) before
      where c.id = before.id and c.revision = ${revision}
      returning c.kind, c.name, c.failing_since, before.told_of as told_before, c.due_at is not null as is_tried_again,
        c.removing_at is not null as is_removed`.execute(kysely(tx));
    const [stopped] = rows;
    if (!stopped) return null;
    const { kind, name, failingSince, isTriedAgain } = stopped;
    const isNews = needsYou && !stopped.isRemoved && stopped.toldBefore !== error;
    const targets = isNews ? await writeCalendarEvent(tx, userId, { id, kind, name }, error) : [];
    return { failingSince, isTriedAgain, targets };
  });
}

/**
 * Of `calendar_connections as c`, `before` this failure: null where nothing more is tried. Who disconnected the calendar is to
 * see soon that it did not work, so there it is tried once.
 */
function nextTry(error: CalendarFailureCode): RawBuilder<Date | null> {
  if (!mayPass(error)) return sql`null::timestamptz`;
  return sql`(select min(at) from unnest(${triesAfterMs}::float8[]) with ordinality tries (ms, number),
      lateral (select before.refused_since + make_interval(secs => ms / 1000) as at) one
    where at > now() and (c.removing_at is null or number = 1))`;
}

type Stopped = Pick<Connection, 'kind' | 'name'> & {
  failingSince: Date;
  isTriedAgain: boolean;
  toldBefore: CalendarFailureCode | null;
  isRemoved: boolean;
};
