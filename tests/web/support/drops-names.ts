import { z } from 'zod';

/** Whether an object somewhere in a schema takes names that it does not know, and drops them. */
export function dropsNames(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodObject) return !isStrict(schema) || Object.values(schema.shape).some(dropsOne);
  const { innerType, element, in: before, options = [] } = schema.def as z.core.$ZodTypeDef & Inner;
  return [innerType, element, before, ...options].some(dropsOne);
}

interface Inner {
  innerType?: z.ZodType;
  element?: z.ZodType;
  in?: z.ZodType;
  options?: z.ZodType[];
}

const dropsOne = (schema: unknown) => schema instanceof z.ZodType && dropsNames(schema);

const isStrict = ({ def }: z.ZodObject) => def.catchall instanceof z.ZodNever;
