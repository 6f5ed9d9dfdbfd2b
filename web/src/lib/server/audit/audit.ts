/** What operators did is written down before it is done: where that does not work, nothing is done. */
import { listAuditEntries, writeAuditEntries, type AuditFilter } from '#db/queries/audit.ts';
import type { BulkTrace } from '#domain/shapes/bulk.ts';
import type { Session } from '../auth/session.ts';
import type { Services } from '../services.ts';

export interface Deed {
  action: string;
  /** The user whom it is about. */
  subjectId?: string;
  reason?: string | undefined;
  /** The bulk operation that it belongs to. */
  bulk?: BulkTrace;
}

const noted = new WeakSet<Session>();

/** Also with which key, where it was one. */
export async function noteDeed({ orm }: Pick<Services, 'orm'>, session: Session, deed: Deed): Promise<void> {
  const { id, via, user, requestId } = session;
  const by = via === 'api_key' ? { keyId: id } : {};
  await writeAuditEntries(orm.em.fork(), [{ actor: 'operator', actorId: user.id, requestId, ...by, ...deed }]);
  noted.add(session);
}

/** @param session of one call */
export function hasDeed(session: Session): boolean {
  return noted.has(session);
}

/** Newest first. Throws `BadCursorError`. */
export function listAudit(
  { orm }: Pick<Services, 'orm'>,
  list: AuditFilter & { limit: number; cursor?: string | null | undefined },
) {
  return listAuditEntries(orm.em.fork(), list);
}

/** What the user's own keys did, newest first. Throws `BadCursorError`. */
export function listOwnKeyCalls(
  services: Pick<Services, 'orm'>,
  userId: string,
  list: { limit: number; cursor?: string | null | undefined },
) {
  return listAudit(services, { ...list, isByKey: true, actorId: userId });
}
