/** What operators and API keys did, written down where nothing can take it back. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { noteDeed } from '#lib/server/audit/audit.ts';
import { useApp } from './support/app.ts';
import type { Answer, TestUser } from './support/app.ts';
import { until } from '../support/until.ts';

const app = await useApp();
let operator: TestUser;
let dancer: TestUser;
let key: string;
let keyId: string;

const run = promisify(execFile);

/** The command as it is called, with what it says. */
async function operatorCommand(...args: string[]): Promise<{ said: string; code: number }> {
  const env = { PATH: process.env.PATH, DATABASE_URL: app.databaseUrl };
  return run(process.execPath, [inProject('scripts', 'operator.ts'), ...args], { env }).then(
    ({ stdout }) => ({ said: stdout.trim(), code: 0 }),
    (error: { stderr: string; code: number }) => ({ said: error.stderr.trim(), code: error.code }),
  );
}

beforeAll(async () => {
  operator = await app.newUser();
  dancer = await app.newUser();
  const made = await app.call('POST', '/api/v1/user/api-keys', {
    token: dancer.token,
    body: { name: 'mine', scopes: ['read'] },
  });
  ({ key, id: keyId } = made.json);
});

const auditOf = (token: string) => app.call('GET', '/api/v1/operate/audit', { token });

type Entries = Record<string, string | null>[];
const entriesOf = ({ json }: Answer) => (json as { entries: Entries }).entries;

it('the role is given and taken by e-mail, and open sessions follow at once', async () => {
  expect((await auditOf(operator.token)).status).toBe(403);
  expect(await operatorCommand('list')).toEqual({ said: 'there is no operator yet', code: 0 });
  expect(await operatorCommand('add', 'nobody@example.com')).toEqual({
    said: 'there is no account with the e-mail address nobody@example.com: register it first',
    code: 1,
  });
  expect(await operatorCommand('add')).toMatchObject({ said: expect.stringMatching(/^usage: /), code: 1 });
  const given = await operatorCommand('add', operator.email.toUpperCase());
  expect(given).toEqual({ said: `${operator.email.toUpperCase()} is an operator from now on`, code: 0 });
  await until('the role is there', async () => (await auditOf(operator.token)).status === 200);
  expect((await operatorCommand('list')).said).toContain(operator.email);

  await operatorCommand('remove', operator.email);
  await until('the role is gone', async () => (await auditOf(operator.token)).status === 403);
  await operatorCommand('add', operator.email);
  await until('the role is there', async () => (await auditOf(operator.token)).status === 200);
  const entries = entriesOf(await auditOf(operator.token));
  expect(entries.map(({ action }) => action)).toEqual(['operator.add', 'operator.remove', 'operator.add']);
  expect(entries[0]).toMatchObject({ actor: 'console', actor_id: null, subject_email: operator.email });
});

describe('what a key does', () => {
  it('is noted by call, outcome and request, whichever door it takes, and what is refused once a minute', async () => {
    const read = await app.call('GET', '/api/v1/user/bookings', { token: key });
    await app.call('GET', '/api/v1/user/bookings', { token: key });
    await app.call('POST', '/api/v1/user/sync', { token: key });
    await app.call('POST', '/api/v1/user/sync', { token: key });
    await app.call('GET', '/api/trpc/sync.status', { token: key });
    const calls = async () => entriesOf(await app.call('GET', '/api/v1/user/api-key-calls', { token: dancer.token }));
    await until('all are noted', async () => (await calls()).length === 3);
    const entries = await calls();
    expect(entries.map(({ action, outcome }) => `${action} ${outcome}`).sort()).toEqual([
      'GET /user/bookings ok',
      'POST /user/sync insufficient_scope',
      'sync.status ok',
    ]);
    expect(entries[0]!.key_id).toBe(keyId);
    expect(entries.map((entry) => entry.request_id)).toContain(read.headers.get('x-request-id'));
    expect(JSON.stringify(entries)).not.toContain(key);
  });

  it('is nobody else’s to see but operators’', async () => {
    expect((await app.call('GET', '/api/v1/user/api-key-calls', { token: operator.token })).json.entries).toEqual([]);
    const { json } = await app.call('GET', `/api/v1/operate/audit?actor=key&actor_id=${dancer.id}&limit=1`, {
      token: operator.token,
    });
    expect(json.entries).toMatchObject([{ actor: 'key', actor_email: dancer.email }]);
    const next = `/api/v1/operate/audit?actor=key&actor_id=${dancer.id}&cursor=${json.next_cursor}`;
    expect((await app.call('GET', next, { token: operator.token })).json.entries).toHaveLength(2);
  });
});

it('nothing that was written down can be changed or taken out', async () => {
  const session = { id: 's', user: { id: operator.id }, requestId: crypto.randomUUID() } as never;
  await noteDeed(app.services, session, { action: 'user.pause', subjectId: dancer.id, reason: 'asked by mail' });
  for (const statement of [
    `update audit_entries set reason = 'another'`,
    `delete from audit_entries where actor = 'operator'`,
    `delete from audit_entries where actor = 'key'`,
    `truncate audit_entries`,
  ])
    await expect(app.database.query(statement)).rejects.toThrow('the audit log is only added to');
  await app.call('DELETE', '/api/v1/user', { token: dancer.token, body: { password: dancer.password } });
  const { json } = await app.call('GET', `/api/v1/operate/audit?subject_id=${dancer.id}`, { token: operator.token });
  expect(json.entries).toMatchObject([
    { action: 'user.pause', reason: 'asked by mail', actor_email: operator.email, subject_email: null },
  ]);
});
