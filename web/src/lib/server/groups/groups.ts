/** Groups: what their owner does with them, and what their members see. */
import type { z } from 'zod';
import * as assigning from '#db/queries/assign-groups.ts';
import * as bookings from '#db/queries/group-bookings.ts';
import { listInvitations, listMembers } from '#db/queries/group-members.ts';
import * as queries from '#db/queries/groups.ts';
import { ApiError, notFound } from '../errors.ts';
import type {
  assignmentRequestOf,
  groupBookingListOf,
  groupChangeOf,
  groupRequest,
  ruleRequestOf,
} from '../schemas/group-inputs.ts';
import type { Services } from '../services.ts';

const mostGroups = 100;
const mostRules = 200;

/** Own ones first, then those that others share. */
export async function listGroups({ orm }: Services, userId: string) {
  return (await queries.listGroups(orm.em.fork(), userId)).map(viewOf);
}

/** People, rules and the payer are the owner's affair. Throws `not_found` to who has no role in it. */
export async function readGroup({ orm }: Services, userId: string, groupId: string) {
  const em = orm.em.fork();
  const row = await queries.readGroup(em, userId, groupId);
  if (!row) throw notFound('group', groupId);
  const view = { ...viewOf(row), rules: [], memberList: [], invitations: [] };
  if (row.role !== 'owner') return view;
  return {
    ...view,
    rules: await queries.listRules(em, groupId),
    memberList: await listMembers(em, groupId),
    invitations: await listInvitations(em, groupId),
  };
}

const viewOf = (row: queries.GroupRow) => ({ ...row, payer: row.role === 'viewer' ? '' : row.payer });

/** Throws `validation_failed` where the name is taken. */
export async function addGroup(services: Services, userId: string, values: z.output<typeof groupRequest>) {
  await services.limits.take('changes', userId);
  const made = await queries.insertGroup(services.orm.em.fork(), userId, values, mostGroups);
  if (made === 'taken') throw taken();
  if (made === 'many') throw tooMany(`You have ${mostGroups} groups. Delete one that you no longer use.`);
  return readGroup(services, userId, made.id);
}

/** Throws `not_found`, `owners_only`, `validation_failed` where the name is taken. */
export async function changeGroup(
  services: Services,
  userId: string,
  { id, ...values }: z.output<typeof groupChangeOf>,
) {
  await services.limits.take('changes', userId);
  await assertOwner(services, userId, id);
  if ((await queries.changeGroup(services.orm.em.fork(), userId, id, values)) === 'taken') throw taken();
  return readGroup(services, userId, id);
}

/** With its rules, and nobody sees its rentals through it any more. Throws `not_found`, `owners_only`. */
export async function removeGroup(services: Services, userId: string, id: string): Promise<void> {
  await assertOwner(services, userId, id);
  await queries.deleteGroup(services.orm.em.fork(), userId, id);
}

/** Assigns at once. Throws `not_found`, `owners_only`, `validation_failed`. */
export async function addRule(
  services: Services,
  userId: string,
  { id, ...conditions }: z.output<typeof ruleRequestOf>,
) {
  await services.limits.take('changes', userId);
  await assertOwner(services, userId, id);
  const made = await queries.insertRule(services.orm.em.fork(), userId, id, conditions, mostRules);
  if (made === 'many') throw tooMany(`You have ${mostRules} rules. Delete one that you no longer need.`);
  return readGroup(services, userId, id);
}

/** Throws `not_found`, `owners_only`. */
export async function removeRule(
  services: Services,
  userId: string,
  { id, ruleId }: { id: string; ruleId: string },
): Promise<void> {
  await assertOwner(services, userId, id);
  if (!(await queries.deleteRule(services.orm.em.fork(), userId, id, ruleId))) throw notFound('rule', ruleId);
}

/** Newest start first, or the soonest. Throws `not_found`, `BadCursorError`. */
export async function listGroupBookings(
  services: Services,
  userId: string,
  { id, from, to, ...page }: z.output<typeof groupBookingListOf>,
) {
  const em = services.orm.em.fork();
  if (!(await queries.readGroup(em, userId, id))) throw notFound('group', id);
  const times = { from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined };
  return bookings.listGroupBookings(em, userId, { groupId: id, ...times, ...page });
}

/** What others share and has not ended, next one first. */
export function listShared({ orm }: Services, userId: string, { limit }: { limit: number }) {
  return bookings.listSharedUpcoming(orm.em.fork(), userId, new Date(), limit);
}

const lostAheadMs = 14 * 86_400_000;

/** The same, and among it what is lost of the next two weeks: as many of each, in the order of their times. */
export async function listSharedWithLost({ orm }: Services, userId: string, { limit }: { limit: number }) {
  const [em, from] = [orm.em.fork(), new Date()];
  const span = { from, to: new Date(from.getTime() + lostAheadMs) };
  const [held, lost] = await Promise.all([
    bookings.listSharedUpcoming(em, userId, from, limit),
    bookings.listSharedLost(em, userId, span, limit),
  ]);
  return [...held, ...lost].toSorted((one, other) => one.startsAt.getTime() - other.startsAt.getTime());
}

/** Where one's own rental is. Throws `not_found`. */
export async function readAssignment({ orm }: Services, userId: string, id: string) {
  const found = await assigning.readAssignment(orm.em.fork(), userId, id);
  if (!found) throw notFound('rental', id);
  return found;
}

/** By hand. Throws `not_found`. */
export async function assign(
  services: Services,
  userId: string,
  { id, groupId }: z.output<typeof assignmentRequestOf>,
): Promise<void> {
  await services.limits.take('changes', userId);
  const isDone = await assigning.assignByHand(services.orm.em.fork(), userId, id, groupId);
  if (!isDone) throw new ApiError('not_found', 'There is no such rental, or no such group for it.');
}

/** Back to what the rules say. Throws `not_found`. */
export async function assignByRules(services: Services, userId: string, id: string): Promise<void> {
  await services.limits.take('changes', userId);
  if (!(await assigning.assignAsRulesSay(services.orm.em.fork(), userId, id))) throw notFound('rental', id);
}

/** Throws `not_found` to who has no role in it, `owners_only` to members. */
export async function assertOwner(
  { orm }: Pick<Services, 'orm'>,
  userId: string,
  groupId: string,
): Promise<queries.GroupRow> {
  const row = await queries.readGroup(orm.em.fork(), userId, groupId);
  if (!row) throw notFound('group', groupId);
  if (row.role !== 'owner') throw new ApiError('owners_only', `Only ${row.ownerName} may do this.`);
  return row;
}

function taken(): ApiError {
  const message = 'You have a group with this name.';
  return new ApiError('validation_failed', message, { fields: { name: [message] } });
}

const tooMany = (message: string) => new ApiError('validation_failed', message);
