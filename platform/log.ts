/** Structured logs on standard output, one JSON object per line. Values under these names never get there. */
import { pino, stdSerializers } from 'pino';
import type { DestinationStream, Logger } from 'pino';
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

/** @param to standard output, where nothing else is said */
export function createLog(name: string, level: string, to?: DestinationStream): Log {
  const paths = secretNames.flatMap((secret) => [secret, `*.${secret}`, `*.*.${secret}`]);
  const redact = { paths, censor: '[redacted]' };
  const options = { name, level, base: { name }, mixin: whereAbouts, redact, serializers: { err: errorFields } };
  return to ? pino(options, to) : pino(options);
}

/** Nothing else that an error carries: PostgreSQL's `detail` and `where` hold whole rows, and a request's error its headers. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = stdSerializers.err(error);
  const { code, constraint, table } = error as { code?: unknown; constraint?: unknown; table?: unknown };
  const errors = error instanceof AggregateError ? error.errors.map(errorFields) : undefined;
  return { type, message, stack, code, constraint, table, errors };
}

/** Whose request or job a line belongs to, and to which trace. */
function whereAbouts(): object {
  const { requestId, userId, jobId } = currentScope() ?? {};
  return { requestId, userId, jobId, ...traceIds() };
}
