/** Spans for statements, by what is done to which table. Where the ORM puts values into the text, no text is told. */
import type pg from 'pg';
import { inSpan, isInSpan, type SpanStart } from '#platform/tracing.ts';
import { entities } from './entities/index.ts';

const operations = new Set(
  'select insert update delete with begin commit rollback savepoint release set lock notify'.split(' '),
);

/** What may follow these words in a value is no table of ours. */
const tables = new Set([...entities.map(({ meta }) => String(meta.tableName).split('.').at(-1)!), 'rate_limits']);
const tableAt = /\b(?:from|into|update|join)\s+(?:only\s+)?(?:"?\w+"?\.)?"?(\w+)"?/gi;

/** Enough to find the table in. */
const lookedAt = 2_000;

export function describeStatement(text: string, values: unknown): SpanStart {
  const start = text.slice(0, lookedAt);
  const first = /^[\s(]*([a-z]+)/i.exec(start)?.[1]?.toLowerCase() ?? '';
  const operation = operations.has(first) ? first : 'statement';
  const table = [...start.matchAll(tableAt)].map(([, name]) => name!.toLowerCase()).find((name) => tables.has(name));
  const isParameterized = Array.isArray(values) && values.length > 0;
  return {
    name: table ? `${operation} ${table}` : operation,
    kind: 'client',
    attributes: {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      ...(table && { 'db.collection.name': table }),
      ...(isParameterized && { 'db.query.text': start }),
    },
  };
}

/** Those that are awaited. With a callback it may be called under the span of another who gave the connection back. */
export function traceStatements(client: pg.ClientBase): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  client.query = ((...args: unknown[]) => {
    const [text, values] = args;
    if (typeof text !== 'string' || typeof args.at(-1) === 'function' || !isInSpan()) return query(...args);
    return inSpan(describeStatement(text, values), () => query(...args));
  }) as typeof client.query;
}
