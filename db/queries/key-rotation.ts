/** Resealing with the current key what an older key sealed, value by value, while the service runs. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { secretContext, SecretsError, type Secrets } from '../secrets.ts';
import { sql, type RawBuilder } from 'kysely';
import { kysely } from '../kysely.ts';

/** Every column that holds sealed values. A new one belongs here, or its values keep their old key. */
export const sealedColumns = [
  {
    name: 'portal_accounts.password_sealed',
    table: sql`portal_accounts`,
    column: sql`password_sealed`,
    place: secretContext.portalPassword,
    also: (keyId: string) => sql`, key_id = ${keyId}`,
  },
  {
    name: 'portal_accounts.trial_password_sealed',
    table: sql`portal_accounts`,
    column: sql`trial_password_sealed`,
    place: secretContext.portalPassword,
    also: () => sql``,
  },
  {
    name: 'portal_accounts.session_sealed',
    table: sql`portal_accounts`,
    column: sql`session_sealed`,
    place: secretContext.portalSession,
    also: () => sql``,
  },
  {
    name: 'calendar_feeds.token_sealed',
    table: sql`calendar_feeds`,
    column: sql`token_sealed`,
    place: secretContext.feedToken,
    also: () => sql``,
  },
  {
    name: 'call_sheets.token_sealed',
    table: sql`call_sheets`,
    column: sql`token_sealed`,
    place: secretContext.callSheetToken,
    also: () => sql``,
  },
  ...(['previous_secret_sealed', 'secret_sealed'] as const).map((column) => ({
    name: `delivery_targets.${column}`,
    table: sql`delivery_targets`,
    column: sql.ref(column),
    place: secretContext.targetSecret,
    also: () => sql``,
  })),
  {
    name: 'calendar_connections.password_sealed',
    table: sql`calendar_connections`,
    column: sql`password_sealed`,
    place: secretContext.calendarPassword,
    also: () => sql``,
  },
  {
    name: 'two_factor.secret_sealed',
    table: sql`auth.two_factor`,
    column: sql`secret_sealed`,
    place: secretContext.twoFactor,
    also: () => sql``,
  },
] satisfies SealedColumn[];

export interface SealedColumn {
  name: string;
  table: RawBuilder<unknown>;
  column: RawBuilder<unknown>;
  place: (rowId: string) => string;
  /** What else is set with a newly sealed value. */
  also: (keyId: string) => RawBuilder<unknown>;
}

/** The outcome of one batch. */
export interface RotatedBatch {
  resealed: number;
  /** Saved by somebody else in the meantime, whose value wins. */
  overtaken: number;
  /** Rows whose value cannot be opened: its key is not configured, or it is damaged. Left as they are. */
  unreadable: string[];
  /** Where the next batch begins; null after the last. */
  next: string | null;
}

/**
 * Reseals the next values of a column, from the row after `after`. Each value is written only where it is still the
 * one that was read. May be cut off at any moment and begun again.
 */
export async function rotateBatch(
  em: EntityManager,
  secrets: Secrets,
  sealed: SealedColumn,
  { after, limit }: { after: string | null; limit: number },
): Promise<RotatedBatch> {
  const found = await listOldValues(em, secrets.currentKeyId, sealed, after, limit);
  const batch: RotatedBatch = { resealed: 0, overtaken: 0, unreadable: [], next: null };
  for (const { id, value } of found) {
    const fresh = reseal(secrets, value, sealed.place(id));
    if (fresh === null) batch.unreadable.push(id);
    else if (await replace(em, secrets.currentKeyId, sealed, { id, value, fresh })) batch.resealed += 1;
    else batch.overtaken += 1;
  }
  return { ...batch, next: found.length === limit ? found.at(-1)!.id : null };
}

/** How many values each key has sealed, all columns together. */
export async function countByKey(em: EntityManager): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { table, column } of sealedColumns) {
    const { rows } = await sql<{ key: string; count: number }>`select split_part(${column}, '.', 2) as key, count(*)
      from ${table} where ${column} is not null group by 1`.execute(kysely(em));
    for (const { key, count } of rows) counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return counts;
}

async function listOldValues(
  em: EntityManager,
  currentKeyId: string,
  { table, column }: SealedColumn,
  after: string | null,
  limit: number,
): Promise<{ id: string; value: string }[]> {
  const { rows } = await sql<{ id: string; value: string }>`select id, ${column} as value from ${table}
    where ${column} is not null and split_part(${column}, '.', 2) <> ${currentKeyId}
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`.execute(kysely(em));
  return rows;
}

function reseal(secrets: Secrets, value: string, place: string): string | null {
  try {
    return secrets.seal(secrets.open(value, place), place);
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error;
    return null; // the caller tells which row it is
  }
}

async function replace(
  em: EntityManager,
  keyId: string,
  { table, column, also }: SealedColumn,
  { id, value, fresh }: { id: string; value: string; fresh: string },
): Promise<boolean> {
  const { numAffectedRows } = await sql`update ${table} set ${column} = ${fresh} ${also(keyId)}
    where id = ${id} and ${column} = ${value}`.execute(kysely(em));
  return (numAffectedRows ?? 0n) > 0n;
}
