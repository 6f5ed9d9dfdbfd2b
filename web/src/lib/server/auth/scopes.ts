/** What the bearer of an API key may do. A session may do everything. */
import type { ApiKeyScope } from '#domain/shapes/account.ts';
import { ApiError } from '../errors.ts';
import type { Session } from './session.ts';

/** `session`: no API key is enough. */
export type NeededScope = ApiKeyScope | 'session';

/** Each scope includes the ones before it. */
const ranks: Record<NeededScope, number> = { read: 1, sync: 2, manage: 3, session: 4 };

export function mayDo({ scopes }: Session, needed: NeededScope): boolean {
  return scopes === 'all' || scopes.some((scope) => ranks[scope] >= ranks[needed]);
}

/** Throws `insufficient_scope`. */
export function assertScope(session: Session, needed: NeededScope): void {
  if (mayDo(session, needed)) return;
  throw new ApiError(
    'insufficient_scope',
    needed === 'session'
      ? 'No API key may do this. Sign in instead.'
      : `This key lacks the scope ${needed}. Make one that has it in the settings.`,
  );
}
