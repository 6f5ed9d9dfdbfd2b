/** Pages that the portal showed when a sync failed, masked, for operators. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { isUuid } from '#domain/ids.ts';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import { kysely, type Row } from '../kysely.ts';
import { storable } from '../text.ts';

export interface NewFailurePage {
  jobId: string;
  attempt: number;
  kind: FailureKind;
  html: string;
  /** As PNG. */
  picture: Buffer | null;
}

export async function countFailurePages(em: EntityManager, since: Date): Promise<number> {
  const counted = kysely(em)
    .selectFrom('failure_pages')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('at', '>=', since);
  return Number((await counted.executeTakeFirstOrThrow()).count);
}

/** Nothing where the job is not there any more: its user has deleted the account. */
export async function insertFailurePage(em: EntityManager, { jobId, html, ...kept }: NewFailurePage): Promise<void> {
  const { attempt, kind, picture } = kept;
  await sql`insert into failure_pages (job_id, user_id, attempt, kind, html, picture)
    select id, user_id, ${attempt}, ${kind}, ${storable(html)}, ${picture} from sync_jobs where id = ${jobId}`.execute(
    kysely(em),
  );
}

export type FailurePageRow = Pick<Row<'failure_pages'>, 'id' | 'jobId' | 'userId' | 'attempt' | 'kind' | 'at'> & {
  email: string;
  hasPicture: boolean;
};

export interface FailurePageFilter {
  kind?: FailureKind | undefined;
  userId?: string | undefined;
}

/** Newest first. Throws `BadCursorError`. */
export async function listFailurePages(
  em: EntityManager,
  { limit, cursor, kind, userId }: FailurePageFilter & { limit: number; cursor?: string | null | undefined },
): Promise<{ pages: FailurePageRow[]; nextCursor: string | null }> {
  const before = decodeTimeCursor('failure_pages', cursor);
  if (userId !== undefined && !isUuid(userId)) return { pages: [], nextCursor: null };
  const found = await kysely(em)
    .selectFrom('failure_pages as p')
    .innerJoin('users as u', 'u.id', 'p.userId')
    .select(['p.id', 'p.jobId', 'p.userId', 'p.attempt', 'p.kind', 'p.at', 'u.email'])
    .select(sql<boolean>`p.picture is not null`.as('hasPicture'))
    .$if(kind !== undefined, (query) => query.where('p.kind', '=', kind!))
    .$if(userId !== undefined, (query) => query.where('p.userId', '=', userId!))
    .$if(before !== null, (query) => query.where(sql<boolean>`(p.at, p.id) < (${before!.at}, ${before!.id}::uuid)`))
    .orderBy('p.at', 'desc')
    .orderBy('p.id', 'desc')
    .limit(limit + 1)
    .execute();
  const { items, nextCursor } = page(found, limit, ({ at, id }) => encodeTimeCursor('failure_pages', { at, id }));
  return { pages: items, nextCursor };
}

/** The page itself; null where there is none. */
export async function readFailurePage(em: EntityManager, id: string) {
  if (!isUuid(id)) return null;
  const found = kysely(em).selectFrom('failure_pages').select(['userId', 'html', 'picture']).where('id', '=', id);
  return (await found.executeTakeFirst()) ?? null;
}
