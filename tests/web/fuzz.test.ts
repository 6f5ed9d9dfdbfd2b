/**
 * The REST API against its own OpenAPI document: calls made from the document's schemas, good ones, nearly good ones and
 * nonsense. Whatever comes, the answer is one that the document declares, and never an error of ours.
 */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { addOperator } from '#db/queries/operators.ts';
import { openApiDocument } from '#lib/server/rest/openapi.ts';
import { temporaryFolder } from '../support/index.ts';
import { useApp } from './support/app.ts';
import type { Answer } from './support/app.ts';
import { seedRows } from './support/rows.ts';

type Schema = Record<string, unknown>;
interface Operation {
  parameters?: { name: string; in: string; schema: Schema; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

/** With references as JSON Schema has them. */
const document = JSON.parse(JSON.stringify(openApiDocument()).replaceAll('"#/components/schemas/', '"#/$defs/')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

const runs = 30;
/** So that a failure can be seen again; another one is tried by hand with FUZZ_SEED. */
const seed = Number(process.env.FUZZ_SEED ?? 20_261_123);

const app = await useApp({ env: { LOCAL_MODE: '1', DATA_DIR: await temporaryFolder() } });
let token: string;
let jobId: string;

beforeAll(async () => {
  const user = await app.newUser();
  token = user.token;
  await addOperator(app.services.orm.em.fork(), user.email);
  ({ jobId } = await seedRows(app.databaseUrl, user.id));
});

function resolved(schema: Schema): Schema {
  const reference = schema.$ref as string | undefined;
  return reference ? document.components.schemas[reference.split('/').at(-1)!]! : schema;
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\0', '%00', "' or 1=1 --", '../..', '💃'.repeat(50), 'x'.repeat(3_000), '-1', '1e999', 'null'),
);
const anything = fc.jsonValue({ maxDepth: 2 });

/** Values that the schema allows, as far as it says; what only code can say may still be refused. */
function valid(given: Schema): fc.Arbitrary<unknown> {
  const schema = resolved(given);
  const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (choices) return fc.oneof(...choices.map(valid));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...(schema.enum as unknown[]));
  const type = Array.isArray(schema.type) ? fc.constantFrom(...(schema.type as string[])) : fc.constant(schema.type);
  return type.chain((name) => ofType(String(name), schema));
}

function ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  const between = { min: (schema.minimum as number) ?? -10, max: (schema.maximum as number) ?? 2_000_000 };
  if (type === 'object') return objectOf(schema);
  if (type === 'array') return fc.array(valid((schema.items ?? {}) as Schema), { maxLength: 4 });
  if (type === 'integer') return fc.integer(between);
  if (type === 'number') return fc.double({ ...between, noNaN: true });
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  return type === 'string' ? textOf(schema) : anything;
}

function objectOf(schema: Schema): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const required = (schema.required ?? []) as string[];
  return fc.record(Object.fromEntries(properties.map(([name, inner]) => [name, valid(inner)])), {
    requiredKeys: required,
  });
}

function textOf(schema: Schema): fc.Arbitrary<string> {
  const moments = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  if (schema.examples) return fc.constantFrom(...(schema.examples as string[]));
  if (schema.format === 'uuid') return fc.oneof(fc.uuid(), fc.constant(jobId));
  if (schema.format === 'email') return fc.stringMatching(/^[a-z]{1,12}@[a-z]{1,12}\.example$/);
  if (schema.format === 'date-time') return moments.map((date) => date.toISOString());
  if (schema.format === 'date') return moments.map((date) => date.toISOString().slice(0, 10));
  // Classes of characters are too slow to make texts from; any text will do for those.
  if (typeof schema.pattern === 'string' && !/\\[pP]\{/.test(schema.pattern))
    return fc.stringMatching(new RegExp(schema.pattern, 'u'));
  const { minLength = 0, maxLength = 60 } = schema as { minLength?: number; maxLength?: number };
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 60) });
}

interface Call {
  path: string;
  body: unknown;
  authorized: boolean;
}

/** Mostly what the document asks for, with now and then something else in its place. */
function callsOf(path: string, operation: Operation): fc.Arbitrary<Call> {
  const parameters = operation.parameters ?? [];
  const value = (schema: Schema) => fc.oneof({ weight: 6, arbitrary: valid(schema) }, { weight: 1, arbitrary: nasty });
  const body = operation.requestBody?.content['application/json']?.schema;
  const spoiled = body && fc.oneof({ weight: 4, arbitrary: valid(body) }, { weight: 1, arbitrary: spoil(body) });
  return fc
    .record({
      values: fc.record(
        Object.fromEntries(
          parameters.map(({ name, schema, required = false }) => [
            name,
            // As often left out as not: what only some values may be said together with would else never succeed.
            required ? value(schema) : fc.option(value(schema), { freq: 1, nil: undefined }),
          ]),
        ),
      ),
      extra: fc.option(fc.tuple(fc.string({ minLength: 1, maxLength: 8 }), nasty), { freq: 1 }),
      body: fc.oneof({ weight: 8, arbitrary: spoiled ?? fc.constant(undefined) }, { weight: 1, arbitrary: nasty }),
      authorized: fc.integer({ max: 4, min: 0 }).map((kind) => kind > 0 && !path.startsWith('/auth/')),
    })
    .map(({ values, extra, ...call }) => ({ ...call, path: addressOf(path, parameters, values, extra) }));
}

function spoil(schema: Schema): fc.Arbitrary<unknown> {
  return fc
    .tuple(valid(schema), fc.array(fc.tuple(fc.string(), anything), { maxLength: 2 }), anything)
    .map(([value, more, other]) =>
      value && typeof value === 'object'
        ? {
            ...value,
            ...Object.fromEntries([
              ...more,
              ...Object.keys(value)
                .slice(0, 1)
                .map((key) => [key, other]),
            ]),
          }
        : other,
    );
}

function addressOf(
  path: string,
  parameters: NonNullable<Operation['parameters']>,
  values: Record<string, unknown>,
  extra: [string, string] | null,
): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const parameter of parameters) {
    const value = values[parameter.name];
    if (value === undefined) continue;
    const text = wellFormed(typeof value === 'string' ? value : JSON.stringify(value));
    if (parameter.in === 'path') filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(text) || 'x');
    else query.append(parameter.name, text);
  }
  if (extra) query.append(wellFormed(extra[0]), wellFormed(extra[1]));
  return query.size > 0 ? `${filled}?${query.toString()}` : filled;
}

const wellFormed = (text: string) => text.toWellFormed();

/** The document's schema of this answer, as a check. */
const checks = new Map<string, z.ZodType>();
function checkOf(key: string, schema: Schema): z.ZodType {
  const known = checks.get(key);
  if (known) return known;
  const made = z.fromJSONSchema({ ...schema, $defs: document.components.schemas });
  checks.set(key, made);
  return made;
}

function expectDeclared(operation: Operation, name: string, answer: Answer): void {
  const { status } = answer;
  expect(status, answer.text).toBeLessThan(500);
  const declared = operation.responses[String(status)];
  expect(declared, `${name} answered ${status}, which it does not declare: ${answer.text}`).toBeDefined();
  const type = answer.headers.get('content-type')?.split(';')[0];
  const types = Object.keys(declared!.content ?? {});
  if (types.length === 0) return expect(answer.text).toBe('');
  expect(types.map((each) => each.split(';')[0])).toContain(type);
  if (!type!.includes('json')) return;
  const { schema } = declared!.content![type!]!;
  const result = checkOf(`${name} ${status}`, schema).safeParse(answer.json);
  expect(result.error?.issues ?? [], answer.text).toEqual([]);
}

const succeeded = new Set<string>();

/** What ends the session that the others are tried with comes last, with one of its own. */
const ending = new Set(['DELETE /user', 'DELETE /user/sessions', 'PUT /user/password']);

it.each(operations)('$method $path answers only what it declares', { timeout: 60_000 }, async (given) => {
  const { path, method, operation } = given;
  const name = `${method} ${path}`;
  const own = ending.has(name) || path.startsWith('/user/sessions') ? (await app.newUser()).token : token;
  await fc.assert(
    fc.asyncProperty(callsOf(path, operation), async (call) => {
      const headers: Record<string, string> = call.authorized ? { authorization: `Bearer ${own}` } : {};
      const body = method === 'GET' ? undefined : call.body;
      const answer = await app.call(method, `/api/v1${call.path}`, { headers, body });
      // Another address than the one that was meant is not this call's.
      if (answer.status === 404 && answer.json?.code === 'not_found' && !operation.responses['404']) return;
      expectDeclared(operation, name, answer);
      if (answer.status < 300) succeeded.add(name);
    }),
    { numRuns: runs, seed },
  );
});

it('the calls were good enough to succeed, wherever no password, token, row of ours, server elsewhere or time soon is asked for', () => {
  const names = operations.map(({ method, path }) => `${method} ${path}`);
  const failed = names.filter((name) => !succeeded.has(name));
  expect(
    failed.filter(
      (name) =>
        !/^DELETE \/user$|\{id\}|password-reset|confirm-email|\/auth\/(device\/)?token|\/user\/(password|email)$|invitations\/accept$/.test(
          name,
        ) &&
        !/^POST \/call-sheets$|^POST \/user\/(webhooks|calendar-connections|push-subscriptions)$|^DELETE \/user\/push-subscriptions$|^PUT \/user\/sync\/again$/.test(
          name,
        ),
    ),
  ).toEqual([]);
});
