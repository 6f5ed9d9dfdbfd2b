/** Who has the role, granted and removed by e-mail address. Each change is in the audit log, in the same transaction. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { kysely } from '../kysely.ts';
import { writeAuditEntries } from './audit.ts';

/** `unknown`: there is no such account. */
export type OperatorChange = 'changed' | 'unchanged' | 'unknown';

export function addOperator(em: EntityManager, email: string): Promise<OperatorChange> {
  return change(em, email, 'operator.add', async (tx, userId) => {
    const added = kysely(tx)
      .insertInto('auth.operators')
      .values({ userId })
      .onConflict((on) => on.doNothing());
    return (await added.executeTakeFirst()).numInsertedOrUpdatedRows;
  });
}

export function removeOperator(em: EntityManager, email: string): Promise<OperatorChange> {
  return change(em, email, 'operator.remove', async (tx, userId) => {
    const removed = kysely(tx).deleteFrom('auth.operators').where('userId', '=', userId);
    return (await removed.executeTakeFirst()).numDeletedRows;
  });
}

/** Oldest first. */
export function listOperators(em: EntityManager): Promise<{ email: string; createdAt: Date }[]> {
  return kysely(em)
    .selectFrom('auth.operators as o')
    .innerJoin('users as u', 'u.id', 'o.userId')
    .select(['u.email', 'o.createdAt'])
    .orderBy('o.createdAt')
    .orderBy('u.email')
    .execute();
}

function change(
  em: EntityManager,
  email: string,
  action: string,
  act: (tx: EntityManager, userId: string) => Promise<bigint | undefined>,
): Promise<OperatorChange> {
  return em.transactional(async (tx) => {
    const known = kysely(tx).selectFrom('users').select('id').where('email', '=', email.trim().toLowerCase());
    const user = await known.forKeyShare().executeTakeFirst();
    if (!user) return 'unknown';
    if (!(await act(tx, user.id))) return 'unchanged';
    await writeAuditEntries(tx, [{ actor: 'console', action, subjectId: user.id, outcome: 'ok' }]);
    return 'changed';
  });
}
