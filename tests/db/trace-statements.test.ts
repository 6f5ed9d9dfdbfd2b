/** What traces tell of statements: which table, and no value, whoever wrote the statement. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { pino } from 'pino';
import { User } from '#db/entities/index.ts';
import { kysely } from '#db/kysely.ts';
import { initOrm } from '#db/orm.ts';
import { describeStatement } from '#db/trace-statements.ts';
import { createTracing } from '#platform/open-telemetry.ts';
import { closeTracing, inSpan, setTracing } from '#platform/tracing.ts';
import { createTestDatabase, type TestDatabase } from '../support/index.ts';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.ts';

let database: TestDatabase;
let receiver: OtlpReceiver;
let orm: MikroORM;

beforeAll(async () => {
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  const { endpoint } = receiver;
  const log = pino({ enabled: false });
  setTracing(createTracing({ endpoint, headers: {}, service: 'test', sampler: 'always_on', ratio: 1, log }));
  orm = await initOrm(database.url);
});
afterAll(async () => {
  await closeTracing();
  await orm.close();
  await Promise.all([receiver.close(), database.drop()]);
});

it('the ORM’s, whose texts hold values, and ours, whose do not', async () => {
  const secret = `secret-${randomUUID()}@example.com`;
  await inSpan({ name: 'work', parent: null }, async () => {
    const em = orm.em.fork();
    await em.findOne(User, { email: `${secret} from bookings` });
    await kysely(em).selectFrom('users').select('id').where('email', '=', secret).execute();
    await em.transactional((inner) => kysely(inner).selectFrom('bookings').select('id').execute());
    await sql`select ${secret}::int`.execute(kysely(em)).catch(() => undefined);
  });
  await closeTracing();
  const root = receiver.spans.find(({ name }) => name === 'work')!;
  const statements = receiver.spans.filter(({ parentId }) => parentId === root.spanId);
  const names = statements.map(({ name }) => name);
  expect(names).toEqual(['select users', 'select users', 'begin', 'select bookings', 'commit', 'select']);
  expect(statements[0]!.attributes).not.toHaveProperty(['db.query.text']);
  expect(statements[1]!.attributes['db.query.text']).toContain('"email" = $1');
  expect(statements[5]!.status).toEqual({ code: 2, message: '22P02' });
  expect(receiver.requests.map(({ body }) => body.toString('latin1')).join()).not.toContain('secret-');
});

it('names tables of ours only, and words of statements', () => {
  const nameOf = (text: string) => describeStatement(text, []).name;
  expect(nameOf('with gone as (delete from "public"."bookings" where x = 1) select 1')).toBe('with bookings');
  expect(nameOf(`select 'from somebody' as said`)).toBe('select');
  expect(nameOf('insert into auth.sessions values (1)')).toBe('insert sessions');
  expect(nameOf('Robert')).toBe('statement');
  expect(nameOf('')).toBe('statement');
});
