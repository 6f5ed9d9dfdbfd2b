/**
 * The same shape under other names: snake_case for REST and webhooks, camelCase for everything inside. Both work on
 * values and on schemas; a schema keeps its rules, its strictness and its descriptions.
 */
import { z } from 'zod';

/** With its keys in snake_case, all the way down. */
export const snakeShape = renaming(snakeCase);

/** With its keys in camelCase, all the way down. */
export const camelShape = renaming(camelCase);

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
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

  /** Rules over several fields know these by their first names. */
  function rulesOf({ def }: z.ZodObject): z.core.CheckFn<unknown>[] {
    return (def.checks ?? []).map((rule) => ({ value, issues }) => {
      const found: typeof issues = [];
      void rule._zod.check({ value: ofValue(value, back) as never, issues: found });
      issues.push(...found.map((issue) => ({ ...issue, path: issue.path?.map(ofPart) })));
    });
  }

  function ofPart(part: PropertyKey): PropertyKey {
    return typeof part === 'string' ? rename(part) : part;
  }

  function ofValue(value: unknown, name = rename): unknown {
    if (Array.isArray(value)) return value.map((one) => ofValue(one, name));
    if (value === null || typeof value !== 'object' || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [name(key), ofValue(inner, name)]));
  }

  function shape(given: z.ZodType): z.ZodType;
  function shape(given: unknown): unknown;
  function shape(given: unknown): unknown {
    return given instanceof z.ZodType ? ofSchema(given) : ofValue(given);
  }
  return shape;
}
