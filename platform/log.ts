/** Structured logs on standard output, one JSON object per line. Values under these names never get there. */
import { pino } from 'pino';
import type { Logger } from 'pino';
import { currentScope } from './scope.ts';
import { traceIds } from './tracing.ts';

export type Log = Logger;

const secretNames = [
  'password',
  'token',
  'secret',
  'cookie',
  'authorization',
  'session',
  'passwordSealed',
  'sessionSealed',
];

export function createLog(name: string, level: string): Log {
  const paths = secretNames.flatMap((secret) => [secret, `*.${secret}`, `*.*.${secret}`]);
  return pino({ name, level, base: { name }, mixin: whereAbouts, redact: { paths, censor: '[redacted]' } });
}

/** Whose request or job a line belongs to, and to which trace. */
function whereAbouts(): object {
  const { requestId, userId, jobId } = currentScope() ?? {};
  return { requestId, userId, jobId, ...traceIds() };
}
