/** Who may call what is for operators: signed in without the role, with it, and with keys of both. */
import { beforeAll, describe, expect, it } from 'vitest';
import { addOperator, removeOperator } from '#db/queries/operators.ts';
import { appRouter } from '#lib/server/trpc/router.ts';
import { absentJob, procedureAccess, restAccess } from './support/access-rules.ts';
import { useApp } from './support/app.ts';

const built = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
const all = [...Object.entries(restAccess), ...Object.entries(procedureAccess)];
const calls = all.filter(([, who]) => who === 'operator').map(([name]) => name);
const ownCalls = all.filter(([, who]) => who !== 'operator' && who !== 'anybody').map(([name]) => name);

const app = await useApp();
const tokens = { user: '', operator: '', manage: '', operate: '', formerOperate: '' };

async function newKey(token: string, scope: string): Promise<string> {
  return (await app.call('POST', '/api/v1/user/api-keys', { token, body: { name: scope, scopes: [scope] } })).json.key;
}

async function newOperator() {
  const operator = await app.newUser();
  await addOperator(app.services.orm.em.fork(), operator.email);
  return operator;
}

beforeAll(async () => {
  tokens.user = (await app.newUser()).token;
  const operator = await newOperator();
  tokens.operator = operator.token;
  tokens.manage = await newKey(operator.token, 'manage');
  tokens.operate = await newKey(operator.token, 'operate');
  const former = await newOperator();
  tokens.formerOperate = await newKey(former.token, 'operate');
  await removeOperator(app.services.orm.em.fork(), former.email);
});

function make(name: string, token: string) {
  const [method, path] = name.split(' ') as [string, string?];
  if (path) return app.call(method, `/api/v1${path.replaceAll(/\{\w+\}/g, absentJob)}`, { token });
  return app.call(built[name]!._def.type === 'mutation' ? 'POST' : 'GET', `/api/trpc/${name}`, { token });
}

describe.each(calls)('%s', (name) => {
  it.each([
    ['who is signed in without the role', 'user'],
    ['the key of somebody who has lost the role', 'formerOperate'],
  ] as const)('is refused to %s', async (_, who) => {
    const { status, text } = await make(name, tokens[who]);
    expect(status).toBe(403);
    expect(text).toMatch(/"(code|reason)":"operators_only"/);
  });

  it.each(['operator', 'operate'] as const)('lets an operator in (%s)', async (who) => {
    expect([200, 202, 204, 400, 404, 422]).toContain((await make(name, tokens[who])).status);
  });

  it('lets no other key of an operator in', async () => {
    expect((await make(name, tokens.manage)).text).toMatch(/"(code|reason)":"insufficient_scope"/);
  });
});

describe.each(ownCalls)('%s', (name) => {
  it('is refused to a key that operates', async () => {
    expect((await make(name, tokens.operate)).text).toMatch(/"(code|reason)":"insufficient_scope"/);
  });
});
