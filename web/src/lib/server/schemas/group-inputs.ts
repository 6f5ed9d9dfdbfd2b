/** What comes in about groups, their rules, members and invitations. */
import { z } from 'zod';
import { clock, flag, nameOf } from '#domain/shapes/common.ts';
import { memberRole, weekday } from '#domain/shapes/groups.ts';
import { cursor, email, id, limit, span } from './inputs.ts';

const payer = z
  .string()
  .trim()
  .max(80, 'At most 80 characters.')
  .regex(/^\P{Cc}*$/u, 'A payer is one line of text.');

export const groupRequest = z
  .strictObject({ name: nameOf('group'), payer: payer.default('') })
  .meta({ id: 'GroupRequest' });

/** What is left out stays as it is. */
export const groupChange = z
  .strictObject({ name: nameOf('group').optional(), payer: payer.optional() })
  .meta({ id: 'GroupChange' });
export const groupChangeOf = groupChange.extend({ id });

/** A form leaves a condition empty; it then says nothing. */
const word = z
  .string()
  .trim()
  .max(80, 'At most 80 characters.')
  .regex(/^\P{Cc}*$/u, 'Give one line of text.')
  .nullish()
  .transform((given) => given || null);
const orNull = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().transform((given) => given ?? null);

const conditions = z.strictObject({
  studio: word,
  weekday: orNull(weekday),
  startsFrom: orNull(clock),
  startsTo: orNull(clock).meta({ description: 'A rental that starts at this time is within.' }),
  nameContains: word,
});
const saysSomething = (given: z.output<typeof conditions>) => Object.values(given).some((value) => value !== null);
const saysNothing = { path: ['studio'], message: 'Say at least one thing that the rentals have in common.' };

export const ruleRequest = conditions.refine(saysSomething, saysNothing).meta({ id: 'GroupRuleRequest' });
export const ruleRequestOf = conditions.extend({ id }).refine(({ id: _, ...rule }) => saysSomething(rule), saysNothing);
export const ruleRef = z.strictObject({ id, ruleId: id });

export const invitationRequest = z
  .strictObject({ email, role: memberRole.default('viewer') })
  .meta({ id: 'GroupInvitationRequest' });
export const invitationRequestOf = invitationRequest.extend({ id });
export const invitationRef = z.strictObject({ id, invitationId: id });

const token = z
  .string('The link is not complete.')
  .min(1, 'The link is not complete.')
  .max(200, 'The link is not one of ours.');
export const invitationToken = z.strictObject({ token }).meta({ id: 'GroupInvitationToken' });

export const memberRef = z.strictObject({ id, userId: id });
export const roleChange = z.strictObject({ role: memberRole }).meta({ id: 'GroupRoleChange' });
export const roleChangeOf = roleChange.extend({ id, userId: id });

export const groupBookingList = z.strictObject({
  ...span,
  soonestFirst: flag.optional().meta({ description: 'The earliest start first, for what is to come.' }),
  limit: limit(50),
  cursor,
});
export const groupBookingListOf = groupBookingList.extend({ id });

export const assignmentRequest = z
  .strictObject({ groupId: id.nullable().meta({ description: 'Null: in no group, whatever rules say.' }) })
  .meta({ id: 'AssignmentRequest' });
export const assignmentRequestOf = assignmentRequest.extend({ id });
