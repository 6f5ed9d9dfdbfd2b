import { z } from 'zod';
import { snakeCase } from './snake-case.ts';

/** The same object schema with its keys in snake_case, all the way down. */
export function snakeShape(schema: z.ZodObject): z.ZodObject {
  const entries = Object.entries(schema.shape).map(([key, inner]) => [snakeCase(key), snakeInner(inner as z.ZodType)]);
  return z.object(Object.fromEntries(entries) as z.ZodRawShape);
}

function snakeInner(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodObject) return snakeShape(schema);
  if (schema instanceof z.ZodArray) return z.array(snakeInner(schema.element as z.ZodType));
  if (schema instanceof z.ZodNullable) return snakeInner(schema.unwrap() as z.ZodType).nullable();
  return schema;
}
