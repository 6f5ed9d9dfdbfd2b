/** API keys: for other tools, with what they may do. A key is shown once and stored by its hash only. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import * as queries from '#db/queries/api-keys.ts';
import { apiKeyScope } from '#domain/shapes/account.ts';
import { ApiError, notFound } from '../errors.ts';
import type { apiKeyRequest } from '../schemas/account-inputs.ts';
import type { Services } from '../services.ts';
import { operatorsOnly } from './scopes.ts';
import type { Session } from './session.ts';
import { newToken } from './tokens.ts';

const prefix = 'gsk_';
const mostKeys = 20;
const dayMs = 24 * 60 * 60 * 1000;

export function isApiKey(token: string): boolean {
  return token.startsWith(prefix);
}

/** Newest first. */
export function listApiKeys({ orm }: Pick<Services, 'orm'>, userId: string) {
  return queries.listApiKeys(orm.em.fork(), userId);
}

/** By who is signed in. Throws `operators_only`, `validation_failed` where the user has too many, `rate_limited`. */
export async function requestApiKey(
  services: Pick<Services, 'orm' | 'limits'>,
  { user, isOperator }: Session,
  wanted: z.output<typeof apiKeyRequest>,
) {
  if (wanted.scopes.includes('operate') && !isOperator) throw operatorsOnly();
  return createApiKey(services, user.id, wanted);
}

/** Throws `validation_failed` where the user has too many, `rate_limited`. */
export async function createApiKey(
  { orm, limits }: Pick<Services, 'orm' | 'limits'>,
  userId: string,
  { name, scopes, expiresInDays }: z.output<typeof apiKeyRequest>,
  /** Part of the same transaction. */
  alongside?: (tx: EntityManager) => Promise<void>,
) {
  await limits.take('changes', userId);
  const { token: key, tokenHash: keyHash } = newToken(prefix);
  const values = {
    userId,
    name,
    start: key.slice(0, prefix.length + 6),
    keyHash,
    scopes: apiKeyScope.options.filter((scope) => scopes.includes(scope)),
    expiresAt: expiresInDays ? new Date(Date.now() + expiresInDays * dayMs) : null,
  };
  const made = await queries.insertApiKey(orm.em.fork(), values, mostKeys, alongside);
  if (!made) throw new ApiError('validation_failed', `You have ${mostKeys} keys. Revoke one that you no longer use.`);
  return { ...made, key };
}

/** Throws `not_found`. What the key has open ends. */
export async function revokeApiKey(
  { orm, sessionCache }: Pick<Services, 'orm' | 'sessionCache'>,
  userId: string,
  id: string,
): Promise<void> {
  const revoked = await queries.deleteApiKey(orm.em.fork(), userId, id);
  sessionCache.forget(id);
  if (!revoked) throw notFound('key', id);
}
