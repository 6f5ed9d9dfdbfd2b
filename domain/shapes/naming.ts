/**
 * The same shape under other names: snake_case for REST and webhooks, camelCase for everything inside. Both work on
 * values and on schemas; a schema keeps its rules, its strictness and its descriptions.
 */
import { z } from 'zod';
import { camelCase, snakeCase, withKeys } from './case.ts';

/** With its keys in snake_case, all the way down. */
export const snakeShape = renaming(snakeCase);

/** With its keys in camelCase, all the way down. */
export const camelShape = renaming(camelCase);

type Write = (value: never) => unknown;
const writers = new WeakMap<z.ZodType, Write>();

/**
 * The same as `snakeShape(schema.parse(value))` for a value that has the schema's input type: what the shape names, times
 * written out, in snake_case. What TypeScript has checked is not checked again, which makes a long list several times
 * cheaper.
 */
export function snakeAnswer<Schema extends z.ZodType>(schema: Schema, value: z.input<Schema>): unknown {
  const write = writers.get(schema) ?? writerOf(schema);
  writers.set(schema, write);
  return write(value as never);
}

const asItIs = new Set<z.ZodType['type']>(['string', 'number', 'boolean', 'enum', 'literal', 'null']);

function writerOf(schema: z.ZodType): Write {
  if (schema instanceof z.ZodObject) return objectWriter(schema);
  if (schema instanceof z.ZodArray) {
    const write = writerOf(schema.element as z.ZodType);
    return (values: never[]) => values.map(write);
  }
  if (schema instanceof z.ZodNullable) {
    const write = writerOf(schema.unwrap() as z.ZodType);
    return (value) => (value === null ? null : write(value));
  }
  if (asItIs.has(schema.type) && !('coerce' in schema.def && schema.def.coerce)) return (value) => value;
  return (value: unknown) => (value instanceof Date ? value.toISOString() : snakeShape(schema.parse(value)));
}

function objectWriter({ shape }: z.ZodObject): Write {
  const parts = Object.entries(shape).map(
    ([name, inner]) => [name, snakeCase(name), writerOf(inner as z.ZodType)] as const,
  );
  return (value: Record<string, never>) => {
    const written: Record<string, unknown> = {};
    for (const [name, snake, write] of parts) written[snake] = write(value[name]!);
    return written;
  };
}

function renaming(rename: (name: string) => string) {
  const back = rename === snakeCase ? camelCase : snakeCase;
  const known = new WeakMap<z.ZodType, z.ZodType>();

  function ofSchema(schema: z.ZodType): z.ZodType {
    const made = known.get(schema) ?? renamed(schema);
    known.set(schema, made);
    return made;
  }

  function renamed(schema: z.ZodType): z.ZodType {
    const made = withInner(schema);
    const meta = z.globalRegistry.get(schema);
    return made === schema || !meta ? made : made.meta(meta);
  }

  function withInner(schema: z.ZodType): z.ZodType {
    const { def } = schema;
    if (schema instanceof z.ZodObject)
      return schema.clone({ ...schema.def, shape: ofShape(schema), checks: [] }).check(...rulesOf(schema));
    for (const part of ['innerType', 'element'])
      if (part in def) return schema.clone({ ...def, [part]: ofSchema(def[part as keyof typeof def] as never) });
    return schema;
  }

  function ofShape({ shape }: z.ZodObject) {
    return Object.fromEntries(
      Object.entries(shape).map(([name, inner]) => [rename(name), ofSchema(inner as z.ZodType)]),
    );
  }

  /** Rules over several fields know them by their original names. */
  function rulesOf({ def }: z.ZodObject): z.core.CheckFn<unknown>[] {
    return (def.checks ?? []).map((rule) => ({ value, issues }) => {
      const found: typeof issues = [];
      void rule._zod.check({ value: withKeys(value, back) as never, issues: found });
      issues.push(...found.map((issue) => ({ ...issue, path: issue.path?.map(ofPart) })));
    });
  }

  function ofPart(part: PropertyKey): PropertyKey {
    return typeof part === 'string' ? rename(part) : part;
  }

  function shape(given: z.ZodType): z.ZodType;
  function shape(given: unknown): unknown;
  function shape(given: unknown): unknown {
    return given instanceof z.ZodType ? ofSchema(given) : withKeys(given, rename);
  }
  return shape;
}
