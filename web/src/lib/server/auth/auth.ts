/**
 * The sign-in library, set up for this project: passwords as argon2id, sessions in the schema `auth`, users in our own
 * table. Its HTTP routes are not mounted: pages and the API call it through `accounts.ts` and `session.ts`, so that
 * every way in passes our own limits and checks.
 */
import { hash, verify } from '@node-rs/argon2';
import { betterAuth } from 'better-auth';
import { bearer } from 'better-auth/plugins/bearer';
import type pg from 'pg';
import type { Config } from '#platform/config.ts';
import { clientAddressHeader } from '../../../../edge/client-address.ts';
import type { Log } from '#platform/log.ts';

const hourInSeconds = 60 * 60;
const dayInSeconds = 24 * hourInSeconds;
/** A session that is not used for this long ends. */
export const sessionSeconds = 30 * dayInSeconds;

export type Auth = ReturnType<typeof createAuth>;

/** `pool` must find the schema `auth` before `public` in its search path. */
export function createAuth(config: Pick<Config, 'AUTH_SECRET' | 'PUBLIC_URL'>, pool: pg.Pool, log: Log) {
  return betterAuth({
    baseURL: config.PUBLIC_URL,
    secret: config.AUTH_SECRET,
    database: pool,
    telemetry: { enabled: false },
    logger: { level: 'warn', log: (level, message) => log[level]({ part: 'auth' }, message) },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: 8,
      maxPasswordLength: 1024,
      password: {
        hash: (password) => hash(password),
        verify: ({ hash: stored, password }) => verify(stored, password),
      },
    },
    session: { expiresIn: sessionSeconds, updateAge: hourInSeconds },
    rateLimit: { enabled: false },
    advanced: {
      database: { generateId: 'uuid' },
      cookiePrefix: 'gibney-sync',
      useSecureCookies: false,
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
    },
    // A token as the database holds it opens nothing: it must come signed.
    plugins: [bearer({ requireSignature: true })],
  });
}
