/** What the bearer of an API key may do, and what only operators may. A session may do everything that is its user's. */
import type { ApiKeyScope, OwnScope } from '#domain/shapes/account.ts';
import { ApiError } from '../errors.ts';
import type { Session } from './session.ts';

/** `session`: no API key is enough. `operate`: only who has the role of an operator, with a session or with a key of that scope. */
export type NeededScope = ApiKeyScope | 'session';

/** Each scope includes the ones before it. */
const ranks: Record<OwnScope | 'session', number> = { read: 1, sync: 2, manage: 3, session: 4 };

export function mayDo({ scopes, isOperator }: Session, needed: NeededScope): boolean {
  if (needed === 'operate') return isOperator && mayOperate(scopes);
  return scopes === 'all' || scopes.some((scope) => scope !== 'operate' && ranks[scope] >= ranks[needed]);
}

export function mayOperate(scopes: Session['scopes']): boolean {
  return scopes === 'all' || scopes.includes('operate');
}

/** Throws `insufficient_scope`, `operators_only`. */
export function assertScope(session: Session, needed: NeededScope): void {
  if (mayDo(session, needed)) return;
  if (needed === 'operate' && mayOperate(session.scopes)) throw operatorsOnly();
  throw new ApiError(
    'insufficient_scope',
    needed === 'session'
      ? 'No API key may do this. Sign in instead.'
      : `This key lacks the scope ${needed}. Make one that has it in the settings.`,
  );
}

export function operatorsOnly(): ApiError {
  return new ApiError('operators_only', 'Only operators may do this.');
}
