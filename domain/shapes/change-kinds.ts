/** What can change about a booking. */
import { z } from 'zod';

export const changeKind = z.enum([
  'added',
  'moved',
  'renamed',
  'studio',
  'location',
  'price',
  'status',
  'removed',
  'restored',
]);

/** The values of the changed fields; their names are in snake_case wherever they go. */
export const changedValues = z.record(z.string(), z.unknown()).nullable();
