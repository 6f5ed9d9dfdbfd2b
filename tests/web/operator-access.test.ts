/** Who may call what is for operators: signed in without the role, with it, and with an operator's key. */
import { beforeAll, describe, expect, it } from 'vitest';
import { addOperator } from '#db/queries/operators.ts';
import { appRouter } from '#lib/server/trpc/router.ts';
import { absentJob, procedureAccess, restAccess } from './support/access-rules.ts';
import { useApp } from './support/app.ts';

const built = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
const calls = [...Object.entries(restAccess), ...Object.entries(procedureAccess)]
  .filter(([, who]) => who === 'operator')
  .map(([name]) => name);

const app = await useApp();
const tokens = { user: '', operator: '', key: '' };

beforeAll(async () => {
  tokens.user = (await app.newUser()).token;
  const operator = await app.newUser();
  await addOperator(app.services.orm.em.fork(), operator.email);
  tokens.operator = operator.token;
  const body = { name: 'all', scopes: ['manage'] };
  tokens.key = (await app.call('POST', '/api/v1/user/api-keys', { token: operator.token, body })).json.key;
});

function make(name: string, token: string) {
  const [method, path] = name.split(' ') as [string, string?];
  if (path) return app.call(method, `/api/v1${path.replaceAll(/\{\w+\}/g, absentJob)}`, { token });
  return app.call(built[name]!._def.type === 'mutation' ? 'POST' : 'GET', `/api/trpc/${name}`, { token });
}

describe.each(calls)('%s', (name) => {
  it('is refused to who is signed in without the role', async () => {
    const { status, text } = await make(name, tokens.user);
    expect(status).toBe(403);
    expect(text).toMatch(/"(code|reason)":"operators_only"/);
  });

  it('lets an operator in', async () => {
    expect([200, 202, 204, 400, 404, 422]).toContain((await make(name, tokens.operator)).status);
  });

  it('lets no key of an operator in', async () => {
    expect((await make(name, tokens.key)).text).toMatch(/"(code|reason)":"insufficient_scope"/);
  });
});
