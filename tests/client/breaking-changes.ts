/** What of an OpenAPI document its callers rely on and another one no longer keeps. */
import { eitherLimits, limitsOf, lostFormats, narrowedLimits } from './limits.ts';
import type { LimitedSchema, LimitsByType } from './limits.ts';

interface Schema extends LimitedSchema {
  $ref?: string;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { required?: boolean; content: Record<string, { schema?: Schema }> };
  responses: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>;
}

export interface Contract {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

interface Shape {
  types: Set<string>;
  values: unknown[] | null;
  properties: Record<string, Schema>;
  required: Set<string>;
  items: Schema | undefined;
  limits: LimitsByType;
  /** Fields beside its own are refused. */
  isClosed: boolean;
}

/** `input`: what callers send; `output`: what they read. */
type Direction = 'input' | 'output';

/** A sentence for each; empty where every caller goes on working. */
export function breakingChanges(before: Contract, after: Contract): string[] {
  const found: string[] = [];
  for (const [path, operations] of Object.entries(before.paths))
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      if (now) compareOperations(name, operation, now);
      else found.push(`${name} is gone`);
    }
  return found;

  function compareOperations(name: string, old: Operation, now: Operation): void {
    for (const [status, { content }] of Object.entries(old.responses)) {
      if (!status.startsWith('2')) continue;
      if (!now.responses[status]) found.push(`${name} no longer answers ${status}`);
      else compareContent(`${name} ${status}`, content, now.responses[status].content, 'output');
    }
    const codes = errorCodesOf(now);
    for (const code of errorCodesOf(old)) if (!codes.has(code)) found.push(`${name} no longer answers ${code}`);
    compareContent(`${name} body`, old.requestBody?.content, now.requestBody?.content, 'input');
    if (now.requestBody?.required && !old.requestBody?.required) found.push(`${name} wants a body`);
    const known = new Map(old.parameters?.map((one) => [`${one.in} ${one.name}`, one]));
    const present = new Map(now.parameters?.map((one) => [`${one.in} ${one.name}`, one]));
    for (const [key, one] of known) {
      const other = present.get(key);
      if (!other) found.push(`${name}: the parameter ${one.name} is gone`);
      else compare(`${name} ${one.name}`, one.schema ?? {}, other.schema ?? {}, 'input', new Set());
    }
    for (const [key, one] of present)
      if (one.required && !known.get(key)?.required) found.push(`${name} wants the parameter ${one.name}`);
  }

  function compareContent(
    name: string,
    old: Record<string, { schema?: Schema }> | undefined,
    now: Record<string, { schema?: Schema }> | undefined,
    direction: Direction,
  ): void {
    for (const [type, { schema }] of Object.entries(old ?? {})) {
      const other = now?.[type];
      if (!other) found.push(`${name} is no longer ${type}`);
      else compare(name, schema ?? {}, other.schema ?? {}, direction, new Set());
    }
  }

  function compare(name: string, old: Schema, now: Schema, direction: Direction, seen: Set<string>): void {
    const pair = `${old.$ref} ${now.$ref}`;
    if (old.$ref && seen.has(pair)) return;
    const inside = new Set([...seen, pair]);
    const [was, is] = [shapeOf(before, old), shapeOf(after, now)];
    // Who reads must not get what was never there, and who writes may send all that was taken.
    const [wide, narrow] = direction === 'output' ? [was, is] : [is, was];
    const strange = [...narrow.types].filter(
      (type) => !wide.types.has(type) && !(type === 'integer' && wide.types.has('number')),
    );
    if (was.types.size > 0 && strange.length > 0)
      found.push(`${name} ${direction === 'output' ? 'may be' : 'may no longer be'} ${strange.join(', ')}`);
    const gone = was.values?.filter((value) => is.values && !is.values.includes(value)) ?? [];
    if (gone.length > 0) found.push(`${name} lost the value ${gone.join(', ')}`);
    if (direction === 'input' && is.values && !was.values) found.push(`${name} takes only some values`);
    if (direction === 'input') {
      for (const limit of narrowedLimits(was.limits, is.limits)) found.push(`${name} is held to ${limit}`);
      if (is.isClosed && !was.isClosed) found.push(`${name} takes no unknown fields`);
    } else for (const format of lostFormats(was.limits, is.limits)) found.push(`${name} is no longer a ${format}`);
    for (const [field, schema] of Object.entries(was.properties)) {
      const other = is.properties[field];
      if (!other) found.push(`${name} lost the field ${field}`);
      else compare(`${name}.${field}`, schema, other, direction, inside);
    }
    const [must, did] = direction === 'output' ? [was.required, is.required] : [is.required, was.required];
    for (const field of must)
      if (!did.has(field) && (direction === 'input' || is.properties[field]))
        found.push(direction === 'output' ? `${name} may lack ${field}` : `${name} wants ${field}`);
    if (was.items && is.items) compare(`${name}[]`, was.items, is.items, direction, inside);
  }
}

/** Such as `404 not_found`, which the description of the answer names. */
function errorCodesOf({ responses }: Operation): Set<string> {
  const isError = ([status]: [string, unknown]) => !status.startsWith('2');
  return new Set(
    Object.entries(responses)
      .filter(isError)
      .flatMap(([status, { description = '' }]) =>
        [...description.matchAll(/`(\w+)`:/g)].map(([, code]) => `${status} ${code}`),
      ),
  );
}

function shapeOf(document: Contract, schema: Schema): Shape {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1)!;
    return shapeOf(document, document.components?.schemas?.[name] ?? {});
  }
  const types = new Set([schema.type ?? []].flat());
  const values = schema.enum ?? ('const' in schema ? [schema.const] : null);
  const own: Shape = {
    types,
    values,
    properties: schema.properties ?? {},
    required: new Set(schema.required),
    items: schema.items,
    limits: limitsOf(schema),
    isClosed: schema.additionalProperties === false,
  };
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return parts.map((part) => shapeOf(document, part)).reduce(joined, own);
}

function joined(one: Shape, other: Shape): Shape {
  return {
    types: new Set([...one.types, ...other.types]),
    values: one.values && other.values ? [...one.values, ...other.values] : (one.values ?? other.values),
    properties: { ...one.properties, ...other.properties },
    required: new Set([...one.required, ...other.required]),
    items: one.items ?? other.items,
    limits: eitherLimits(one.limits, other.limits),
    isClosed: one.isClosed || other.isClosed,
  };
}
