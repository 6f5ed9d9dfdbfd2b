/** What a user chose to be told of by mail and on their devices, and when that may come. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import {
  defaultNoticeKinds,
  eventsOfKinds,
  noticeKinds,
  type NoticeKind,
  type NoticeTiming,
  type ReminderLead,
} from '#domain/notifications.ts';
import { reminderEventType } from '#domain/events.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { testLanes, withReason } from './delivery-rounds.ts';
import { noticeDueAt, readNoticeTiming, timingColumns, timingOf } from './notice-times.ts';
import { lockUserAlone } from './users.ts';

export type MailTarget = Pick<
  Row<'delivery_targets'>,
  'id' | 'disabledReason' | 'failures' | 'failingSince' | 'lastDeliveredAt'
>;

export interface NoticeChoices extends NoticeTiming {
  address: string;
  addressConfirmed: boolean;
  kinds: NoticeKind[];
  remindBefore: ReminderLead | null;
  /** Null where nothing was ever chosen or sent. */
  target: MailTarget | null;
}

export async function readNoticeChoices(em: EntityManager, userId: string): Promise<NoticeChoices | null> {
  const row = await kysely(em)
    .selectFrom('users as u')
    .leftJoin('delivery_targets as t', (join) => join.onRef('t.userId', '=', 'u.id').on('t.channel', '=', 'mail'))
    .select([...timingColumns, 'u.email', 'u.emailVerified', 'u.remindBefore', 'u.remindMinutes'])
    .select(['t.id', 't.events', 't.disabledReason', 't.failures', 't.failingSince', 't.lastDeliveredAt'])
    .where('u.id', '=', userId)
    .executeTakeFirst();
  if (!row) return null;
  const { id, failures, disabledReason, failingSince, lastDeliveredAt } = row;
  const target = id === null ? null : { id, failures: failures!, disabledReason, failingSince, lastDeliveredAt };
  const chosen = target ? (row.events as NoticeKind[]) : defaultNoticeKinds;
  return {
    ...timingOf(row),
    ...{
      address: row.email,
      addressConfirmed: row.emailVerified,
      target,
      remindBefore: row.remindMinutes ?? row.remindBefore,
    },
    kinds: disabledReason === 'user' ? [] : chosen,
  };
}

export interface NoticeChoice {
  /** By mail. Left out: they stay, and so does whatever stopped the mails. */
  kinds?: NoticeKind[] | undefined;
  /** Left out: it stays. */
  remindBefore?: ReminderLead | null | undefined;
  /** On all existing devices. Left out: they stay. */
  pushKinds?: NoticeKind[] | undefined;
  /** Left out, these three stay, too, also where another change is under way. */
  digestAt?: string | null | undefined;
  quiet?: { from: string; to: string } | null | undefined;
  urgentPasses?: boolean | undefined;
}

/** What waits is told as is chosen now, or not at all. Returns the targets, mail first; none where there is no such user. */
export function writeNoticeChoices(em: EntityManager, userId: string, choice: NoticeChoice): Promise<string[]> {
  return em.transactional(async (tx) => {
    if (!(await lockUserAlone(tx, userId))) return [];
    const { kinds, pushKinds, remindBefore, digestAt, quiet, urgentPasses } = choice;
    await kysely(tx)
      .updateTable('users')
      .set({ digestAt, urgentPasses, ...storedLead(remindBefore), updatedAt: now })
      .$if(quiet !== undefined, (update) =>
        update.set({ notifyQuietFrom: quiet?.from ?? null, notifyQuietTo: quiet?.to ?? null }),
      )
      .where('id', '=', userId)
      .execute();
    const id = await ensureMailTarget(tx, userId);
    if (kinds) await writeKinds(tx, id, kinds);
    await fitWaiting(tx, userId, id, kinds ?? [...noticeKinds]);
    const devices = await listDevices(tx, userId);
    for (const device of devices) {
      if (pushKinds) await writeKinds(tx, device, pushKinds);
      await fitWaiting(tx, userId, device, pushKinds ?? [...noticeKinds]);
    }
    return [id, ...devices];
  });
}

/** A name stands for each number, so that whoever knows names alone finds that there is a reminder. */
function storedLead(lead: ReminderLead | null | undefined) {
  if (lead === undefined) return {};
  if (typeof lead !== 'number') return { remindBefore: lead, remindMinutes: null };
  return { remindBefore: '1h' as const, remindMinutes: lead };
}

/** Those that could be told. */
async function listDevices(tx: EntityManager, userId: string): Promise<string[]> {
  const found = kysely(tx).selectFrom('delivery_targets').select('id').where('userId', '=', userId);
  const devices = await found.where('channel', '=', 'push').where('secretSealed', 'is not', null).execute();
  return devices.map(({ id }) => id);
}

async function writeKinds(tx: EntityManager, id: string, kinds: NoticeKind[]): Promise<void> {
  const off = kinds.length === 0;
  await kysely(tx)
    .updateTable('delivery_targets')
    .set({ disabledReason: off ? 'user' : null, ...(!off && { events: kinds }), ...clean })
    .set({ updatedAt: now, revision: sql<number>`revision + 1` })
    .where('id', '=', id)
    .execute();
}

const clean = { failures: 0, failingSince: null, heldUntil: null, warned: 0, told: 0 } as const;

/** What was tried before, or may be on its way, stays as it is. */
async function fitWaiting(tx: EntityManager, userId: string, targetId: string, chosen: NoticeKind[]): Promise<void> {
  const kinds = [...eventsOfKinds(chosen), reminderEventType];
  const timing = await readNoticeTiming(tx, userId);
  const dueAt = timing ? noticeDueAt('e', timing) : sql`d.next_at`;
  const fits = sql`case when d.tries > 0 or d.bundle is not null then d.next_at else ${dueAt} end`;
  await sql`update deliveries d set
      status = case when e.type = any(${kinds}) then d.status else 'given_up' end,
      next_at = case when e.type = any(${kinds}) then ${fits} end,
      done_at = case when e.type = any(${kinds}) then null else now() end,
      attempts = case when e.type = any(${kinds}) then d.attempts else ${withReason('this is no longer wanted here.')} end
    from events e, delivery_targets t where e.seq = d.event_seq and t.id = d.target_id and d.target_id = ${targetId} and d.status = 'pending'
      and d.lane not like ${testLanes}`.execute(kysely(tx));
}

/** What waits is told by another clock. Returns the targets that it waits for, mail first. */
export async function fitWaitingToZone(tx: EntityManager, userId: string): Promise<string[]> {
  const target = kysely(tx).selectFrom('delivery_targets').select('id').where('userId', '=', userId);
  const mail = await target.where('channel', '=', 'mail').executeTakeFirst();
  const targets = [...(mail ? [mail.id] : []), ...(await listDevices(tx, userId))];
  for (const id of targets) await fitWaiting(tx, userId, id, [...noticeKinds]);
  return targets;
}

/** The user's mail, with what is chosen for those who chose nothing. */
export async function ensureMailTarget(tx: EntityManager, userId: string): Promise<string> {
  await sql`insert into delivery_targets (user_id, channel, address, events)
    select id, 'mail', email, ${defaultNoticeKinds} from users where id = ${userId}
    on conflict (user_id) where channel = 'mail' do nothing`.execute(kysely(tx));
  const found = kysely(tx).selectFrom('delivery_targets').select('id').where('userId', '=', userId);
  return (await found.where('channel', '=', 'mail').executeTakeFirstOrThrow()).id;
}

/** What was refused at the previous address says nothing about this one. */
export async function moveMailTarget(tx: EntityManager, userId: string, address: string): Promise<void> {
  await kysely(tx)
    .updateTable('delivery_targets')
    .set({ address, ...clean, revision: sql<number>`revision + 1` })
    .set({ disabledReason: sql`case when disabled_reason = 'user' then disabled_reason end` })
    .where('userId', '=', userId)
    .where('channel', '=', 'mail')
    .execute();
}

/** The address of the mail target, to be named where it is turned off; null where there is none. */
export async function readMailAddress(em: EntityManager, id: string): Promise<string | null> {
  const found = kysely(em).selectFrom('delivery_targets').select('address').where('id', '=', id);
  return (await found.where('channel', '=', 'mail').executeTakeFirst())?.address ?? null;
}

/** By anybody who holds a link of ours. What waits is not sent. */
export function turnMailOff(em: EntityManager, id: string): Promise<void> {
  return em.transactional(async (tx) => {
    const target = kysely(tx).selectFrom('delivery_targets').select('userId').where('id', '=', id);
    const found = await target.where('channel', '=', 'mail').executeTakeFirst();
    if (!found || !(await lockUserAlone(tx, found.userId))) return;
    await kysely(tx)
      .updateTable('delivery_targets')
      .set({ disabledReason: 'user', updatedAt: now, revision: sql<number>`revision + 1` })
      .where('id', '=', id)
      .execute();
    await fitWaiting(tx, found.userId, id, []);
  });
}
