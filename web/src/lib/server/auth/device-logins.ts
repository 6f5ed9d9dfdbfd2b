/**
 * Signing in a program that has no browser, with the names of RFC 8628: it shows a short code, its user confirms that in a
 * browser, and it gets an API key. Both codes are stored by a keyed hash, live for ten minutes and count once.
 */
import { createHmac, randomBytes, randomInt } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import * as queries from '#db/queries/device-logins.ts';
import { ownScope } from '#domain/shapes/account.ts';
import type { OwnScope } from '#domain/shapes/account.ts';
import { ApiError } from '../errors.ts';
import type { deviceLoginRequest, deviceTokenRequest } from '../schemas/account-inputs.ts';
import type { Services } from '../services.ts';
import { createApiKey } from './api-keys.ts';

/** No vowels, so that no word comes of it, and nothing that looks like something else. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';
const codeLength = 8;
const lifeSeconds = 600;
const intervalSeconds = 5;
const keyDays = 365;

type Needed = Pick<Services, 'orm' | 'config' | 'limits'>;

/** Throws `rate_limited`. */
export async function beginDeviceLogin(
  { orm, config, limits }: Needed,
  { clientName = 'A program', scope = 'read' }: z.output<typeof deviceLoginRequest>,
  clientAddress: string,
) {
  await limits.take('deviceByAddress', clientAddress);
  const deviceCode = randomBytes(32).toString('base64url');
  const letter = () => letters.charAt(randomInt(letters.length));
  const userCode = Array.from({ length: codeLength }, letter).join('');
  const login = {
    deviceHash: hashOf(config, deviceCode),
    userHash: hashOf(config, userCode),
    clientName,
    scopes: upTo(scope),
    ipAddress: clientAddress,
  };
  await queries.insertDeviceLogin(orm.em.fork(), login, lifeSeconds);
  const verificationUri = `${config.PUBLIC_URL}/device`;
  return {
    deviceCode,
    userCode: written(userCode),
    verificationUri,
    verificationUriComplete: `${verificationUri}?code=${written(userCode)}`,
    expiresIn: lifeSeconds,
    interval: intervalSeconds,
  };
}

/**
 * The key, once its user has said yes. Throws `authorization_pending`, `slow_down`, `access_denied`, `expired_token`, and where the
 * user has too many keys `validation_failed`: with one less the same code gets it.
 */
export async function finishDeviceLogin(services: Needed, { deviceCode }: z.output<typeof deviceTokenRequest>) {
  const { orm, config } = services;
  const deviceHash = hashOf(config, deviceCode);
  // A little less than what is asked for: clocks and lines are not exact.
  const login = await queries.pollDeviceLogin(orm.em.fork(), deviceHash, intervalSeconds - 1);
  if (!login) throw new ApiError('expired_token', 'This code is too old, or was used already. Ask for a new one.');
  if (login.isTooSoon) throw new ApiError('slow_down', 'Ask less often.', { retryAfterSeconds: intervalSeconds });
  const { state, userId, clientName, scopes } = login;
  if (state === 'pending')
    throw new ApiError('authorization_pending', 'The code has not been confirmed yet.', {
      retryAfterSeconds: intervalSeconds,
    });
  if (state === 'denied' || !userId) {
    await take(orm.em.fork(), deviceHash);
    throw new ApiError('access_denied', 'The sign-in was refused in the browser.');
  }
  // Both or neither: where there is no key, the code still counts.
  const wanted = { name: clientName, scopes, expiresInDays: keyDays };
  const { key } = await createApiKey(services, userId, wanted, (tx) => take(tx, deviceHash));
  return { accessToken: key, tokenType: 'bearer' as const, expiresIn: keyDays * 24 * 3600, scope: scopes.join(' ') };
}

async function take(em: EntityManager, deviceHash: string): Promise<void> {
  if (await queries.takeDeviceLogin(em, deviceHash)) return;
  throw new ApiError('expired_token', 'This code was used already. Ask for a new one.');
}

/** Which program waits for this code. Throws `not_found`, `rate_limited`. */
export async function findDeviceLogin({ orm, config, limits }: Needed, userId: string, userCode: string) {
  await limits.take('deviceCodeByUser', userId);
  const found = await queries.findWaitingLogin(orm.em.fork(), hashOf(config, typed(userCode)));
  if (!found) throw noSuchCode();
  return { ...found, userCode: written(typed(userCode)) };
}

/** Throws `not_found`, `rate_limited`. */
export async function answerDeviceLogin(
  { orm, config, limits }: Needed,
  userId: string,
  userCode: string,
  state: 'approved' | 'denied',
): Promise<void> {
  await limits.take('deviceCodeByUser', userId);
  const userHash = hashOf(config, typed(userCode));
  if (!(await queries.answerDeviceLogin(orm.em.fork(), userHash, userId, state))) throw noSuchCode();
}

function noSuchCode(): ApiError {
  const message = 'No program waits for this code. It may be mistyped, or older than ten minutes.';
  return new ApiError('not_found', message, { fields: { code: [message] } });
}

/** The larger scopes hold the smaller ones. */
function upTo(scope: OwnScope): OwnScope[] {
  return ownScope.options.slice(0, ownScope.options.indexOf(scope) + 1);
}

function hashOf({ AUTH_SECRET }: Services['config'], code: string): string {
  return createHmac('sha256', `${AUTH_SECRET} device`).update(code).digest('hex');
}

function written(userCode: string): string {
  return `${userCode.slice(0, codeLength / 2)}-${userCode.slice(codeLength / 2)}`;
}

/** However it is typed. */
function typed(userCode: string): string {
  return userCode.toUpperCase().replace(/[^A-Z]/g, '');
}
