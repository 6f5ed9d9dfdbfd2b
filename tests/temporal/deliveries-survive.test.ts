/** Deliveries by the worker’s own process, which is killed as a machine kills it, over sealed payloads. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { listDeliveries } from '#db/queries/deliveries.ts';
import { initOrm } from '#db/orm.ts';
import { createSecrets, secretContext } from '#db/secrets.ts';
import { newWebhookKeys } from '#notifications/webhooks/keys.ts';
import { inProject } from '#platform/paths.ts';
import { writeNoticeChoices } from '#db/queries/notices.ts';
import { noticeKinds } from '#domain/notifications.ts';
import { createSyncClient, type TemporalSyncClient } from '#temporal/client.ts';
import { affected, sql } from '../support/sql.ts';
import { makeConnectedUser, rental, syncList } from '../db/fixtures.ts';
import { addTarget } from '../db/targets.ts';
import { startReceiver, type Receiver } from '../notifications/receiver.ts';
import { startMailSink, type MailSink } from '../web/support/mail-sink.ts';
import { claimTemporal, createTestDatabase, temporaryFolder, type TestDatabase } from '../support/index.ts';
import { until } from '../support/until.ts';

const key = Buffer.alloc(32, 7);
const secrets = createSecrets([{ id: 'test', key }]);
const running: ChildProcess[] = [];
let database: TestDatabase;
let orm: MikroORM;
let receiver: Receiver;
let sink: MailSink;
let temporal: TemporalSyncClient;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = await initOrm(database.url);
  receiver = await startReceiver();
  sink = await startMailSink();
  const { address, namespace } = claimTemporal();
  temporal = createSyncClient({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: false,
    TEMPORAL_PAYLOAD_KEYS: { seals: true, keys: [{ id: 'test', key }] },
  });
  env = {
    ...process.env,
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    PORTAL_URL: 'http://127.0.0.1:1',
    CREDENTIALS_KEYS: `test:${key.toString('base64')}`,
    TEMPORAL_PAYLOAD_KEYS: `test:${key.toString('base64')}`,
    WORKER_QUEUES: 'sync',
    OUTBOUND_ALLOW: '127.0.0.1',
    SMTP_URL: sink.url,
    DATA_DIR: await temporaryFolder(),
    LOG_LEVEL: 'error',
  };
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  receiver.close();
  await sink.close();
  await temporal.close();
  await orm.close();
  await database.drop();
});

function startWorker(): ChildProcess {
  const child = spawn(process.execPath, [inProject('temporal', 'worker.ts')], {
    env,
    stdio: 'inherit',
    cwd: inProject(),
  });
  running.push(child);
  return child;
}

it('a worker that is killed in the middle loses nothing, and repeats under the same ids what it had not written down', async () => {
  const em = () => orm.em.fork();
  const userId = await makeConnectedUser(em());
  const id = randomUUID();
  const keys = newWebhookKeys();
  const secretSealed = secrets.seal(JSON.stringify(keys), secretContext.targetSecret(id));
  await addTarget(em(), userId, { id, address: receiver.url, secretSealed });
  await syncList(
    em(),
    userId,
    Array.from({ length: 30 }, (_, index) => rental(`r${index}`)),
  );
  const taken: string[] = [];
  const idOf = (headers: Record<string, unknown>) => headers['webhook-id'] as string;
  receiver.answers((response, { headers }) => {
    if (receiver.calls.length > 12) return;
    taken.push(idOf(headers));
    response.end();
  });

  const first = startWorker();
  await temporal.deliver(id);
  await until('the receiver hangs in the middle', () => receiver.calls.length > 12);
  first.kill('SIGKILL');
  await once(first, 'exit');
  receiver.answers((response, { headers }) => {
    taken.push(idOf(headers));
    response.end();
  });
  startWorker();
  const log = async () => (await listDeliveries(em(), userId, { limit: 100 })).deliveries;
  await until('all is delivered', async () => (await log()).every(({ status }) => status === 'delivered'));

  const events = await log();
  expect(events).toHaveLength(31);
  expect(new Set(taken)).toEqual(new Set(events.map(({ eventId }) => eventId)));
  // No more than one round was under way.
  expect(taken.length - events.length).toBeLessThanOrEqual(8);
  for (const { body, headers } of receiver.calls)
    new Webhook(keys.secret).verify(body, headers as Record<string, string>);
}, 120_000);

it('a worker that is killed while it mails sends the same message again, and the log says so', async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  const em = () => orm.em.fork();
  const userId = await makeConnectedUser(em());
  await affected(em(), sql`update users set email_verified = true where id = ${userId}`);
  const choice = { kinds: [...noticeKinds], digestAt: null, quiet: null, urgentPasses: true };
  const id = (await writeNoticeChoices(em(), userId, choice))[0]!;
  await syncList(em(), userId, [rental('a'), rental('b')]);
  const seen: string[] = [];
  // The server has it all, and the worker never hears so.
  sink.refuses.data = ({ messageId = '' }) => (seen.push(messageId), new Promise(() => {}));

  const first = startWorker();
  await temporal.deliver(id);
  await until('the mail is with the server', () => seen.length > 0);
  first.kill('SIGKILL');
  await once(first, 'exit');
  sink.refuses.data = () => null;
  startWorker();
  const log = async () => (await listDeliveries(em(), userId, { limit: 10 })).deliveries;
  await until('all is delivered', async () => (await log()).every(({ status }) => status === 'delivered'));

  expect(sink.mails.map(({ parsed }) => parsed.messageId)).toEqual(seen);
  for (const { attempts } of await log()) expect(attempts.at(-1)!.answer).toContain('it may have come twice');
}, 120_000);
