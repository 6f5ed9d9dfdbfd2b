import type { z } from 'zod';
import { camelShape, snakeShape } from '#domain/shapes/naming.ts';
import { ApiError } from '../errors.ts';
import { fieldErrors } from './field-errors.ts';

/** What came in, in snake_case, as the services speak. Throws `validation_failed`. */
export function parseSnake(schema: z.ZodType, value: unknown): unknown {
  const parsed = snakeShape(schema).safeParse(value);
  if (parsed.success) return camelShape(parsed.data);
  throw new ApiError('validation_failed', 'Some fields are not valid.', { fields: fieldErrors(parsed.error) });
}
