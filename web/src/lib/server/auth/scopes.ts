/** What the bearer of an API key may do, and what only operators may. A session may do everything that is its user's. */
import type { ApiKeyScope } from '#domain/shapes/account.ts';
import { ApiError } from '../errors.ts';
import type { Session } from './session.ts';

/** `session`: no API key is enough. `operator`: neither, nor a session of somebody without that role. */
export type NeededScope = ApiKeyScope | 'session' | 'operator';

/** Each scope includes the ones before it. */
const ranks: Record<NeededScope, number> = { read: 1, sync: 2, manage: 3, session: 4, operator: 5 };

export function mayDo({ scopes, isOperator }: Session, needed: NeededScope): boolean {
  if (needed === 'operator' && !isOperator) return false;
  return scopes === 'all' || scopes.some((scope) => ranks[scope] >= ranks[needed]);
}

/** Throws `insufficient_scope`, `operators_only`. */
export function assertScope(session: Session, needed: NeededScope): void {
  if (mayDo(session, needed)) return;
  if (session.scopes === 'all') throw new ApiError('operators_only', 'Only operators may do this.');
  throw new ApiError(
    'insufficient_scope',
    needed === 'session' || needed === 'operator'
      ? 'No API key may do this. Sign in instead.'
      : `This key lacks the scope ${needed}. Make one that has it in the settings.`,
  );
}
