/** What PostgreSQL is asked while something runs in this process, and how it would answer: its own plans. */
import pg from 'pg';

export interface Statement {
  text: string;
  values: unknown[];
}

type Query = (this: pg.Client, text: unknown, values: unknown, ...rest: unknown[]) => unknown;

export interface Recorder {
  /** What was read since the last time that this was asked. */
  take(): Statement[];
  stop(): void;
}

/** Of connections that are opened from now on. For one caller at a time, since it looks over the shoulder of the driver. */
export function recordStatements(): Recorder {
  let found: Statement[] = [];
  const driver = pg.Client.prototype as { query: Query };
  const original = driver.query;
  driver.query = function (text, values, ...rest) {
    const statement = statementIn(text, values);
    if (statement && /^\s*(select|with)\b/i.test(statement.text)) found.push(statement);
    return original.call(this, text, values, ...rest);
  };
  return {
    take() {
      const taken = found;
      found = [];
      return taken;
    },
    stop: () => void (driver.query = original),
  };
}

function statementIn(text: unknown, values: unknown): Statement | null {
  const given = Array.isArray(values) ? (values as unknown[]) : [];
  if (typeof text === 'string') return { text, values: given };
  const config = text as { text?: unknown; values?: unknown[] } | null;
  return typeof config?.text === 'string' ? { text: config.text, values: config.values ?? given } : null;
}

interface Node {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Node[];
}

interface Explained {
  ms: number;
  /** Rows that it read of each table, by whatever way. */
  rows: Map<string, number>;
}

/** Run once more, in a transaction that is rolled back. */
export async function explain(client: pg.Client, { text, values }: Statement): Promise<Explained> {
  await client.query('begin');
  try {
    const answer = await client.query<{ 'QUERY PLAN': [{ Plan: Node; 'Execution Time': number }] }>(
      `explain (analyze, format json) ${text}`,
      values,
    );
    const [{ Plan, 'Execution Time': ms }] = answer.rows[0]!['QUERY PLAN'];
    const rows = new Map<string, number>();
    addRows(Plan, rows);
    return { ms, rows };
  } finally {
    await client.query('rollback');
  }
}

function addRows(node: Node, rows: Map<string, number>): void {
  const { 'Relation Name': table, 'Rows Removed by Filter': refused = 0 } = node;
  if (table) rows.set(table, (rows.get(table) ?? 0) + (node['Actual Rows'] + refused) * node['Actual Loops']);
  for (const part of node.Plans ?? []) addRows(part, rows);
}
