import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { savePortalCredentials, savePortalSession } from '#db/queries/portal-accounts.ts';
import { countByKey, rotateBatch, sealedColumns } from '#db/queries/key-rotation.ts';
import { createSecrets, secretContext } from '#db/secrets.ts';
import { affected, firstRow, rows, sql } from '../support/sql.ts';
import { rotateKeys } from '#scripts/lib/rotate-keys.ts';
import { makeUser, useDatabase } from './fixtures.ts';

const run = promisify(execFile);
const { em, orm, url } = useDatabase();

const key = (id: string) => ({ id, key: randomBytes(32) });
const [k1, k2] = [key('k1'), key('k2')];
const before = createSecrets([k1]);
const after = createSecrets([k2, k1]);

interface Account {
  userId: string;
  id: string;
  password: string;
}

async function makeAccount(secrets = before): Promise<Account> {
  const userId = await makeUser(em());
  const password = `plié ${randomUUID()}`;
  await savePortalCredentials(em(), secrets, { userId, username: 'dancer', password });
  const { id } = (await firstRow<{ id: string }>(em(), sql`select id from portal_accounts where user_id = ${userId}`))!;
  const sessionSealed = secrets.seal(`cookies of ${password}`, secretContext.portalSession(id));
  await savePortalSession(em(), { userId, revision: 1, sessionSealed });
  return { userId, id, password };
}

async function makeFeed(userId: string): Promise<{ id: string; token: string }> {
  const [id, token] = [randomUUID(), randomUUID()];
  const sealed = before.seal(token, secretContext.feedToken(id));
  await affected(
    em(),
    sql`insert into calendar_feeds (id, user_id, name, token_hash, token_sealed)
        values (${id}, ${userId}, 'Mine', ${token}, ${sealed})`,
  );
  return { id, token };
}

const sealedOf = async (id: string) =>
  (await firstRow<{ password: string; session: string; keyId: string; updatedAt: Date }>(
    em(),
    sql`select password_sealed as password, session_sealed as session, key_id as "keyId", updated_at as "updatedAt"
        from portal_accounts where id = ${id}`,
  ))!;

/** Runs it until `abortAfter` lines were said. */
async function rotate(abortAfter = Infinity, { batchSize = 2, hasAuthSecret = false } = {}) {
  const lines: string[] = [];
  const stopped = new AbortController();
  const say = (line: string) => {
    lines.push(line);
    if (lines.length >= abortAfter) stopped.abort();
  };
  const options = { orm: orm(), secrets: after, signal: stopped.signal, say, batchSize, hasAuthSecret };
  return { ...(await rotateKeys(options)), lines };
}

describe('rotating the keys', () => {
  it('knows every column that holds sealed values', async () => {
    const found = await rows<{ name: string }>(
      em(),
      sql`select table_name || '.' || column_name as name from information_schema.columns
          where column_name like '%sealed' order by 1`,
    );
    expect(found.map(({ name }) => name)).toEqual(sealedColumns.map(({ name }) => name).sort());
  });

  it('is interrupted without harm, goes on where it was, and says when the old key is free', async () => {
    const accounts = await Promise.all(Array.from({ length: 5 }, () => makeAccount()));
    const feed = await makeFeed(accounts[0]!.userId);
    const { updatedAt } = await sealedOf(accounts[0]!.id);

    const first = await rotate(1);
    expect(first.left).toBe(6);
    expect(first.lines).toContain('key "k1": 6 values left; keep it');
    expect(first.lines.at(-1)).toMatch(/^interrupted/);
    // Half way, everything opens with the ring of both keys.
    for (const { id, password } of accounts) {
      expect(after.open((await sealedOf(id)).password, secretContext.portalPassword(id))).toBe(password);
    }

    const second = await rotate();
    expect(second).toMatchObject({ resealed: 6, unreadable: 0, left: 0 });
    const said = second.lines.join('\n');
    expect(said).toContain('no value in the database needs an older key');
    expect(said).toMatch(/for 30 days .*\n.*unsubscribe/);
    expect(said).toMatch(/AUTH_SECRET is not set here: .*signs everybody out$/);
    const alone = createSecrets([k2]);
    for (const { id, password } of accounts) {
      const sealed = await sealedOf(id);
      expect(alone.open(sealed.password, secretContext.portalPassword(id))).toBe(password);
      expect(alone.open(sealed.session, secretContext.portalSession(id))).toBe(`cookies of ${password}`);
      expect(sealed.keyId).toBe('k2');
    }
    expect((await sealedOf(accounts[0]!.id)).updatedAt).toEqual(updatedAt);
    const token = await firstRow<{ sealed: string }>(
      em(),
      sql`select token_sealed as sealed from calendar_feeds where id = ${feed.id}`,
    );
    expect(alone.open(token!.sealed, secretContext.feedToken(feed.id))).toBe(feed.token);
    const third = await rotate(Infinity, { hasAuthSecret: true });
    expect(third.resealed).toBe(0);
    expect(third.lines.join('\n')).toContain('unsubscribe');
    expect(third.lines.join('\n')).not.toContain('AUTH_SECRET');
  });

  it('lets a password that is saved in the very moment win', async () => {
    const { id, userId } = await makeAccount();
    const [password] = sealedColumns;
    let rotating: ReturnType<typeof rotateBatch> | undefined;
    await em().transactional(async (tx) => {
      const sealed = before.seal('the new one', secretContext.portalPassword(id));
      await affected(tx, sql`update portal_accounts set password_sealed = ${sealed} where user_id = ${userId}`);
      // It reads the old value, and then waits for this transaction.
      rotating = rotateBatch(em(), after, password!, { after: null, limit: 100 });
      await untilSomebodyWaits();
    });
    expect(await rotating).toMatchObject({ overtaken: 1, resealed: 0 });
    expect(before.open((await sealedOf(id)).password, secretContext.portalPassword(id))).toBe('the new one');
    await rotate();
    expect(createSecrets([k2]).open((await sealedOf(id)).password, secretContext.portalPassword(id))).toBe(
      'the new one',
    );
  });

  it('leaves what it cannot open as it is, names the row, and goes on', async () => {
    const lost = await makeAccount(createSecrets([key('k0')]));
    const { id, password } = await makeAccount();
    const { lines, left, unreadable } = await rotate();
    expect({ left, unreadable }).toEqual({ left: 2, unreadable: 2 });
    expect(lines.filter((line) => line.includes(`row ${lost.id} cannot be opened`))).toHaveLength(2);
    expect(lines).toContain('key "k0": 2 values left; keep it');
    expect(after.open((await sealedOf(id)).password, secretContext.portalPassword(id))).toBe(password);
    await affected(em(), sql`delete from portal_accounts where id = ${lost.id}`);
  });

  it('is a program that needs the database and the ring, and tells no secret', async () => {
    const { id, password } = await makeAccount();
    const ring = [k2, k1].map((each) => `${each.id}:${each.key.toString('base64')}`).join(',');
    const env = { ...process.env, DATABASE_URL: url(), CREDENTIALS_KEYS: ring };
    const { stdout } = await run(process.execPath, ['scripts/keys-rotate.ts'], { env });
    expect(stdout).toContain('portal_accounts.password_sealed: 1 sealed anew with key "k2"');
    expect(stdout).toContain('no value in the database needs an older key');
    for (const secret of [password, k1.key.toString('base64'), k2.key.toString('base64'), url()])
      expect(stdout).not.toContain(secret);
    expect((await sealedOf(id)).keyId).toBe('k2');
    expect([...(await countByKey(em())).keys()]).toEqual(['k2']);
  });
});

/** Somebody waits for a lock in this database. */
async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const waiting = await firstRow(
      em(),
      sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting) return;
  }
}
