/** Programs that wait for their user to confirm a code. Only hashes of the codes are stored. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { kysely, now, type Row } from '../kysely.ts';

type DeviceLogin = Row<'auth.device_logins'>;
export type NewDeviceLogin = Pick<DeviceLogin, 'deviceHash' | 'userHash' | 'clientName' | 'scopes' | 'ipAddress'>;
export type WaitingLogin = Pick<DeviceLogin, 'clientName' | 'scopes' | 'ipAddress' | 'createdAt'>;

export async function insertDeviceLogin(em: EntityManager, login: NewDeviceLogin, seconds: number): Promise<void> {
  const expiresAt = sql<Date>`now() + make_interval(secs => ${seconds})`;
  await kysely(em)
    .insertInto('auth.device_logins')
    .values({ ...login, expiresAt })
    .execute();
}

/** Null where none waits for this code. */
export async function findWaitingLogin(em: EntityManager, userHash: string): Promise<WaitingLogin | null> {
  const found = await kysely(em)
    .selectFrom('auth.device_logins')
    .select(['clientName', 'scopes', 'ipAddress', 'createdAt'])
    .where('userHash', '=', userHash)
    .where('state', '=', 'pending')
    .where('expiresAt', '>', now)
    .executeTakeFirst();
  return found ?? null;
}

/** The first answer counts. False where none waits for one. */
export async function answerDeviceLogin(
  em: EntityManager,
  userHash: string,
  userId: string,
  state: 'approved' | 'denied',
): Promise<boolean> {
  const { numUpdatedRows } = await kysely(em)
    .updateTable('auth.device_logins')
    .set({ userId, state })
    .where('userHash', '=', userHash)
    .where('state', '=', 'pending')
    .where('expiresAt', '>', now)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export type PolledLogin = Pick<DeviceLogin, 'userId' | 'state' | 'clientName' | 'scopes'> & { isTooSoon: boolean };

/** Notes that the program asked. Null where there is no such login, or its time is over. */
export async function pollDeviceLogin(
  em: EntityManager,
  deviceHash: string,
  intervalSeconds: number,
): Promise<PolledLogin | null> {
  const isTooSoon = sql<boolean>`coalesce(before.polled_at > now() - make_interval(secs => ${intervalSeconds}), false)`;
  const polled = await kysely(em)
    .updateTable('auth.device_logins as login')
    .from('auth.device_logins as before')
    .set({ polledAt: now })
    .whereRef('before.deviceHash', '=', 'login.deviceHash')
    .where('login.deviceHash', '=', deviceHash)
    .where('login.expiresAt', '>', now)
    .returning(['login.userId', 'login.state', 'login.clientName', 'login.scopes', isTooSoon.as('isTooSoon')])
    .executeTakeFirst();
  return polled ?? null;
}

/** Takes an answered login, so that it counts once. False where somebody else was first. */
export async function takeDeviceLogin(em: EntityManager, deviceHash: string): Promise<boolean> {
  const { numDeletedRows } = await kysely(em)
    .deleteFrom('auth.device_logins')
    .where('deviceHash', '=', deviceHash)
    .where('state', '!=', 'pending')
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
