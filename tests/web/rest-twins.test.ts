/** What the web can do, a program can do: each procedure has a REST call that takes the same, or a reason for having none. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { camelCase } from '#domain/shapes/case.ts';
import type { RestRoute } from '#lib/server/rest/route.ts';
import { restRoutes } from '#lib/server/rest/routes.ts';
import { neededScope } from '#lib/server/trpc/init.ts';
import type { Meta } from '#lib/server/trpc/init.ts';
import { appRouter } from '#lib/server/trpc/router.ts';
import { otherwiseSaid, restTwins, withoutTwin } from './support/rest-twins.ts';
import { procedureAccess } from './support/access-rules.ts';

interface Procedure {
  _def: { type: 'query' | 'mutation' | 'subscription'; meta?: Meta; inputs: z.ZodType[] };
}

const procedures = appRouter._def.procedures as unknown as Record<string, Procedure>;
const routes = new Map(restRoutes.map((route) => [`${route.method} ${route.path}`, route]));
const pairs = Object.entries(restTwins).map(([name, calls]) => [name, [calls].flat()] as const);

it('every procedure has a REST call or a reason, and nothing else has', () => {
  const entries = [...Object.keys(restTwins), ...Object.keys(withoutTwin)];
  expect(entries.toSorted()).toEqual(Object.keys(procedures).toSorted());
});

/** The names that a schema takes, all the way through what is around its objects. */
function namesIn(schema: z.ZodType | undefined): string[] {
  if (!schema) return [];
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => namesIn(option as z.ZodType));
  if ('innerType' in schema.def) return namesIn(schema.def.innerType as z.ZodType);
  if (schema instanceof z.ZodPipe) return namesIn(schema.in as z.ZodType);
  return [];
}

const takenBy = ({ params, query, body }: RestRoute) =>
  [params, query, body].flatMap((schema) => namesIn(schema).map(camelCase));

describe.each(pairs)('%s', (name, calls) => {
  const twins = calls.map((call) => routes.get(call));

  it('has one that is there', () => expect(calls.filter((call) => !routes.has(call))).toEqual([]));

  it('has one that takes all that it takes', () => {
    const taken = new Set([...twins.flatMap((twin) => (twin ? takenBy(twin) : [])), ...(otherwiseSaid[name] ?? [])]);
    const inputs = procedures[name]!._def.inputs.flatMap(namesIn);
    expect(inputs.filter((input) => !taken.has(input))).toEqual([]);
  });

  it('has one that wants no more of a key', () => {
    if (procedureAccess[name] === 'anybody') return expect(twins.every((twin) => twin?.public)).toBe(true);
    const { type, meta } = procedures[name]!._def;
    expect(twins.map((twin) => twin?.scope)).toEqual(calls.map(() => neededScope(type, meta)));
  });
});
