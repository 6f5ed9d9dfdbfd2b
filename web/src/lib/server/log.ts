/** The web's log: JSON lines on stdout, without anything secret. */
import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger };

const secretNames = ['password', 'token', 'secret', 'authorization', 'cookie', 'access_token', 'tokenSealed', 'passwordSealed'];

export function createLog(level: string): Logger {
  return pino({
    level,
    base: { service: 'web' },
    redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
  });
}
