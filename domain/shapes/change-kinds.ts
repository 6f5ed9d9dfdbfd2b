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

/** What changes are counted as: a room that is lost is more than another status. */
export const changeSort = z.enum([...changeKind.options, 'canceled', 'declined']);

/** The values of the changed fields; their names are in snake_case wherever they go. */
export const changedValues = z.record(z.string(), z.unknown()).nullable();
