/** Groups: troupes, projects or payers to which rentals belong, and who else sees those rentals. */
import { z } from 'zod';
import { groupedBy, memberRoles } from '../groups.ts';
import { booking } from './bookings.ts';
import { clock, count, id, nextCursor, time } from './common.ts';

export const memberRole = z.enum(memberRoles, 'Choose editor or viewer.').meta({
  description: '`viewer`: sees the rentals without prices. `editor`: with prices, and moves them out of the group.',
});

export const group = z
  .object({
    id,
    name: z.string(),
    payer: z.string().meta({ description: 'Who pays, in the owner’s words; empty for viewers.' }),
    role: z.enum(['owner', ...memberRoles]).meta({ description: 'Yours.' }),
    ownerName: z.string().meta({ description: 'The owner’s name, or e-mail address.' }),
    rentals: count,
    upcoming: count,
    members: count.meta({ description: 'Beside the owner.' }),
    createdAt: time,
  })
  .meta({ id: 'Group' });

export const groups = z.object({ groups: z.array(group) }).meta({ id: 'Groups' });

export const weekday = z
  .int('A weekday is a number from 0 to 6.')
  .min(0, 'A weekday is a number from 0 to 6.')
  .max(6, 'A weekday is a number from 0 to 6.')
  .meta({ description: '0 is Sunday, in New York.' });

export const groupRule = z.object({
  id,
  studio: z.string().nullable(),
  weekday: weekday.nullable(),
  startsFrom: clock.nullable(),
  startsTo: clock.nullable(),
  nameContains: z.string().nullable(),
  rentals: count.meta({ description: 'How many it has assigned.' }),
  createdAt: time,
});

const member = z.object({ userId: id, email: z.string(), name: z.string(), role: memberRole, since: time });

const invitation = z.object({ id, email: z.string(), role: memberRole, expiresAt: time });

export const groupDetail = group
  .extend({
    rules: z.array(groupRule).meta({ description: 'Only for the owner; in the order in which they are tried.' }),
    memberList: z.array(member).meta({ description: 'Only for the owner.' }),
    invitations: z.array(invitation).meta({ description: 'Only for the owner.' }),
  })
  .meta({ id: 'GroupDetail' });

/** A rental of a group, as its members see it. */
export const groupBooking = booking.omit({ recordId: true, recordUrl: true }).extend({
  priceCents: booking.shape.priceCents.meta({ description: 'Null for viewers, too.' }),
  groupId: id,
  groupName: z.string(),
  ownerName: z.string(),
  syncedAt: time.nullable().meta({ description: 'When the owner’s rentals were last read at Gibney.' }),
});

export const groupBookings = z.object({ bookings: z.array(groupBooking), nextCursor }).meta({ id: 'GroupBookings' });

/** The groups of one's own rental. */
export const assignment = z
  .object({
    groupId: id.nullable(),
    groupedBy: z.enum(groupedBy).nullable().meta({
      description: '`hand`: no rule changes it. Null: in no group as no rule holds.',
    }),
  })
  .meta({ id: 'Assignment' });

/** What somebody is invited to. */
export const offeredGroup = z
  .object({ id, groupName: z.string(), ownerName: z.string(), email: z.string(), role: memberRole, expiresAt: time })
  .meta({ id: 'OfferedGroup' });

export const newInvitation = invitation.meta({ id: 'GroupInvitation' });

export type AssignmentView = z.output<typeof assignment>;
export type GroupView = z.output<typeof group>;
export type GroupDetailView = z.output<typeof groupDetail>;
export type GroupRuleView = z.output<typeof groupRule>;
export type GroupBookingView = z.output<typeof groupBooking>;
export type OfferedGroupView = z.output<typeof offeredGroup>;
