/** API keys: for other tools, with what they may do. A key is shown once and stored by its hash only. */
import { createHash, randomBytes } from 'node:crypto';
import type { z } from 'zod';
import * as queries from '#db/queries/api-keys.ts';
import type { ApiKeyRow } from '#db/queries/api-keys.ts';
import type { ApiKeyScope, ApiKeyView, NewApiKeyView } from '#lib/api-types.ts';
import { ApiError, notFound } from '../errors.ts';
import type { newApiKey } from '../schemas/account-inputs.ts';
import type { Services } from '../services.ts';
import type { Session } from './session.ts';

const prefix = 'gsk_';
const mostKeys = 20;
const dayMs = 24 * 60 * 60 * 1000;
const scopesInOrder: ApiKeyScope[] = ['read', 'sync', 'manage'];

export function isApiKey(token: string): boolean {
  return token.startsWith(prefix);
}

/** The holder of a key; null where it is none of ours, revoked or expired. */
export async function sessionOfKey({ orm }: Pick<Services, 'orm'>, key: string): Promise<Session | null> {
  const holder = isApiKey(key) ? await queries.useApiKey(orm.em.fork(), hashOf(key)) : null;
  if (!holder) return null;
  const user = { id: holder.userId, email: holder.email, createdAt: holder.createdAt.toISOString() };
  return { id: holder.keyId, user, via: 'api_key', scopes: holder.scopes as ApiKeyScope[] };
}

/** Newest first. */
export async function listApiKeys({ orm }: Pick<Services, 'orm'>, userId: string): Promise<ApiKeyView[]> {
  return (await queries.listApiKeys(orm.em.fork(), userId)).map(viewOf);
}

/** Throws `validation_failed` where the user has too many, `rate_limited`. */
export async function createApiKey(
  { orm, limits }: Pick<Services, 'orm' | 'limits'>,
  userId: string,
  { name, scopes, expiresInDays }: z.output<typeof newApiKey>,
): Promise<NewApiKeyView> {
  await limits.take('changes', userId);
  const key = prefix + randomBytes(32).toString('base64url');
  const made = await queries.insertApiKey(orm.em.fork(), {
    userId,
    name,
    start: key.slice(0, prefix.length + 6),
    keyHash: hashOf(key),
    scopes: scopesInOrder.filter((scope) => scopes.includes(scope)),
    expiresAt: expiresInDays ? new Date(Date.now() + expiresInDays * dayMs) : null,
    most: mostKeys,
  });
  if (!made) throw new ApiError('validation_failed', `You have ${mostKeys} keys. Revoke one that you no longer use.`);
  return { ...viewOf(made), key };
}

/** Throws `not_found`. What the key has open ends. */
export async function revokeApiKey({ orm }: Pick<Services, 'orm'>, userId: string, id: string): Promise<void> {
  if (!(await queries.deleteApiKey(orm.em.fork(), userId, id))) throw notFound('key', id);
}

function viewOf({ createdAt, lastUsedAt, expiresAt, scopes, ...row }: ApiKeyRow): ApiKeyView {
  return {
    ...row,
    scopes: scopes as ApiKeyScope[],
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
