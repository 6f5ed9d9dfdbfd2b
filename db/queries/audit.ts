/** The audit log: what operators and API keys did. It is append-only. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { decodeNumberCursor, encodeNumberCursor, page } from '../cursor.ts';
import { given, kysely, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { storable } from '../text.ts';

type Columns = Row<'audit_entries'>;

export type NewAuditEntry = Pick<Columns, 'actor' | 'action'> &
  Partial<Pick<Columns, 'actorId' | 'keyId' | 'subjectId' | 'reason' | 'outcome' | 'requestId' | 'bulk'>>;

export async function writeAuditEntries(em: EntityManager, entries: NewAuditEntry[]): Promise<void> {
  const rows = entries.map(({ reason, bulk, ...entry }) => ({
    ...entry,
    reason: reason ? storable(reason) : null,
    bulk: bulk ? (JSON.stringify(bulk) as never) : null,
  }));
  await kysely(em).insertInto('audit_entries').values(rows).execute();
}

export type AuditRow = Columns & { actorEmail: string | null; subjectEmail: string | null };

export interface AuditFilter {
  actor?: Columns['actor'] | undefined;
  /** A user. */
  actorId?: string | undefined;
  subjectId?: string | undefined;
  keyId?: string | undefined;
  /** Whichever key it was. */
  isByKey?: true;
}

/** Newest first, with the addresses of accounts that still exist. Throws `BadCursorError`. */
export async function listAuditEntries(
  em: EntityManager,
  { limit, cursor, ...filter }: AuditFilter & { limit: number; cursor?: string | null | undefined },
): Promise<{ entries: AuditRow[]; nextCursor: string | null }> {
  const before = decodeNumberCursor('audit', cursor);
  const { actor, actorId, subjectId, keyId, isByKey } = filter;
  if ([actorId, subjectId, keyId].some((id) => id !== undefined && !isUuid(id)))
    return { entries: [], nextCursor: null };
  const found = await kysely(em)
    .selectFrom('audit_entries as e')
    .leftJoin('users as a', 'a.id', 'e.actorId')
    .leftJoin('users as s', 's.id', 'e.subjectId')
    .selectAll('e')
    .select(['a.email as actorEmail', 's.email as subjectEmail'])
    .where((eb) =>
      eb.and(
        given([
          actor && eb('e.actor', '=', actor),
          actorId !== undefined && eb('e.actorId', '=', actorId),
          subjectId !== undefined && eb('e.subjectId', '=', subjectId),
          keyId !== undefined && eb('e.keyId', '=', keyId),
          isByKey && eb('e.keyId', 'is not', null),
          before > 0 && eb('e.id', '<', before),
        ]),
      ),
    )
    .orderBy('e.id', 'desc')
    .limit(limit + 1)
    .execute();
  const { items, nextCursor } = page(found, limit, ({ id }) => encodeNumberCursor('audit', id));
  return { entries: items, nextCursor };
}
