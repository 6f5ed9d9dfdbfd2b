/** What an error leaves in the log. */
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createLog } from '#platform/log.ts';
import { createEmptyDatabase } from '../support/index.ts';

function logged(error: unknown): { text: string; err: Record<string, unknown> } {
  let text = '';
  createLog('test', 'info', { write: (line) => void (text += line) }).error({ err: error }, 'it failed');
  return { text, err: (JSON.parse(text) as { err: Record<string, unknown> }).err };
}

describe('an error', () => {
  it('of PostgreSQL says what and where, and shows no row', async () => {
    const database = await createEmptyDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('create table guests (name text, age int constraint grown check (age > 17))');
    const error = await client
      .query("insert into guests values ('planted-name', 3)")
      .catch((failed: unknown) => failed);
    expect((error as { detail: string }).detail).toContain('planted-name');
    const { text, err } = logged(error);
    expect(text).not.toContain('planted-name');
    expect(err).toMatchObject({ type: 'DatabaseError', code: '23514', constraint: 'grown', table: 'guests' });
    expect(err.message).toContain('violates check constraint');
    expect(err.stack).toContain('log.test.ts');
    await client.end();
    await database.drop();
  });

  it('is followed to its causes and its parts', () => {
    const { err } = logged(new Error('not done', { cause: new Error('no room') }));
    expect(err.message).toBe('not done: no room');
    const none = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    expect(logged(new AggregateError([none])).err.errors).toEqual([expect.objectContaining({ code: 'ECONNREFUSED' })]);
  });

  it('that is none is told as it is', () => {
    expect(logged('words').err).toBe('words');
  });
});
