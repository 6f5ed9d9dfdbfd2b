/** Which rentals a statement of costs is about. */
import { z } from 'zod';
import { id, text } from './inputs.ts';

const day = z.iso.date('Give a day as YYYY-MM-DD.').refine((key) => key >= '1970-01-01', 'From 1970 on.');

const mostYears = 10;

export const costPeriod = z
  .strictObject({
    from: day
      .optional()
      .meta({ description: 'The first day, in New York; that of this year where both are left out.' }),
    to: day.optional().meta({ description: 'The last day.' }),
    group: id.optional().meta({ description: 'Only rentals in this group of yours.' }),
    payer: text.optional().meta({ description: 'Only rentals that this payer pays, in any case.' }),
  })
  .refine(({ from, to }) => (from === undefined) === (to === undefined), {
    path: ['to'],
    message: 'Give both days, or neither.',
  })
  .refine(({ from, to }) => !from || !to || from <= to, {
    path: ['to'],
    message: 'The last day comes after the first.',
  })
  .refine(({ from, to }) => !from || !to || Number(to.slice(0, 4)) - Number(from.slice(0, 4)) < mostYears, {
    path: ['to'],
    message: `At most ${mostYears} years at once.`,
  });

const format = z.enum(['csv', 'pdf'], 'Give csv or pdf.');
export const costStatement = costPeriod.safeExtend({ format: format.default('csv') });
