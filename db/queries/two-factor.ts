/** Authenticator apps of users. Each code is used up in one statement, so no code opens anything twice. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { kysely, now, type Row } from '../kysely.ts';

export type TwoFactorRow = Pick<
  Row<'auth.two_factor'>,
  'id' | 'secretSealed' | 'enabledAt' | 'lastStep' | 'recoveryHashes'
>;

export async function readTwoFactor(em: EntityManager, userId: string): Promise<TwoFactorRow | null> {
  const row = kysely(em)
    .selectFrom('auth.two_factor')
    .select(['id', 'secretSealed', 'enabledAt', 'lastStep', 'recoveryHashes'])
    .where('userId', '=', userId);
  return (await row.executeTakeFirst()) ?? null;
}

/** A new app, not asked for yet; replaces one that was never confirmed. False where one is already asked for. */
export async function storeTwoFactor(
  em: EntityManager,
  row: { id: string; userId: string; secretSealed: string },
): Promise<boolean> {
  const stored = await kysely(em)
    .insertInto('auth.two_factor')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('userId')
        .doUpdateSet({ id: row.id, secretSealed: row.secretSealed, lastStep: null })
        .where('auth.two_factor.enabledAt', 'is', null),
    )
    .returning('id')
    .executeTakeFirst();
  return stored !== undefined;
}

/** Takes the code of this half minute; false where it or a later one was taken before. */
export async function takeStep(em: EntityManager, id: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await kysely(em)
    .updateTable('auth.two_factor')
    .set({ lastStep: step })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('lastStep', 'is', null), eb('lastStep', '<', step)]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Takes a recovery code; false where it is invalid, or was taken before. */
export async function takeRecoveryCode(em: EntityManager, id: string, hash: string): Promise<boolean> {
  const { numUpdatedRows } = await kysely(em)
    .updateTable('auth.two_factor')
    .set({ recoveryHashes: sql<string[]>`array_remove(recovery_hashes, ${hash})` })
    .where('id', '=', id)
    .where(sql<boolean>`${hash} = any(recovery_hashes)`)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** From now on it is asked for. False where another app took its place, it was turned off, or somebody else was first. */
export function enableTwoFactor(em: EntityManager, id: string, recoveryHashes: string[]): Promise<boolean> {
  return writeApp(em, id, { enabledAt: now, recoveryHashes }, 'is');
}

/** False where it is no longer asked for. */
export function replaceRecoveryCodes(em: EntityManager, id: string, recoveryHashes: string[]): Promise<boolean> {
  return writeApp(em, id, { recoveryHashes }, 'is not');
}

async function writeApp(
  em: EntityManager,
  id: string,
  values: { enabledAt?: typeof now; recoveryHashes: string[] },
  enabledAt: 'is' | 'is not',
): Promise<boolean> {
  const { numUpdatedRows } = await kysely(em)
    .updateTable('auth.two_factor')
    .set(values)
    .where('id', '=', id)
    .where('enabledAt', enabledAt, null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function deleteTwoFactor(em: EntityManager, userId: string): Promise<void> {
  await kysely(em).deleteFrom('auth.two_factor').where('userId', '=', userId).execute();
}
