/** Who sees a group's rentals beside its owner, and how they come to. */
import type { z } from 'zod';
import * as queries from '#db/queries/group-members.ts';
import { readUser } from '#db/queries/users.ts';
import { groupInvitationMessage } from '#notifications/email-messages.ts';
import type { SessionUser } from '../auth/session.ts';
import { hashOfToken, newToken } from '../auth/tokens.ts';
import { ApiError, notFound } from '../errors.ts';
import type { invitationRequestOf, roleChangeOf } from '../schemas/group-inputs.ts';
import type { Services } from '../services.ts';
import { assertOwner, readGroup } from './groups.ts';

const invitationSeconds = 14 * 24 * 60 * 60;
const mostPeople = 50;

/**
 * Mails an invitation. The answer does not say whether the address has an account. Throws `not_found`, `owners_only`,
 * `validation_failed`, `email_unconfirmed`, `unavailable`, `rate_limited`.
 */
export async function invite(
  services: Services,
  user: SessionUser,
  { id: groupId, email, role }: z.output<typeof invitationRequestOf>,
) {
  const group = await assertOwner(services, user.id, groupId);
  if (services.mailer.way === 'none')
    throw new ApiError('unavailable', 'This service cannot send mail, so nobody can be invited. Ask whoever runs it.');
  await assertConfirmed(services, user);
  await services.limits.take('inviteByUser', user.id);
  await services.limits.take('inviteToAddress', email);
  const { token, tokenHash } = newToken();
  const values = { groupId, email, role, tokenHash, seconds: invitationSeconds };
  const stored = await queries.storeInvitation(services.orm.em.fork(), user.id, values, mostPeople);
  if (stored === null) throw notFound('group', groupId);
  if (stored === 'member') throw invalidEmail('This person sees the group’s rentals already.');
  if (stored === 'many') throw invalidEmail(`A group has at most ${mostPeople} people. Remove someone first.`);
  const { ownerName, name: groupName } = group;
  const message = { to: email, publicUrl: services.config.PUBLIC_URL, token, ownerName, groupName };
  services.background.run('mail an invitation to a group', async () => {
    await services.mailer.send(groupInvitationMessage(message));
  });
  return stored;
}

const invalidEmail = (message: string) => new ApiError('validation_failed', message, { fields: { email: [message] } });

/** Its link opens nothing any more. Throws `not_found`, `owners_only`. */
export async function revokeInvitation(
  services: Services,
  userId: string,
  { id: groupId, invitationId }: { id: string; invitationId: string },
): Promise<void> {
  await assertOwner(services, userId, groupId);
  const isGone = await queries.deleteInvitation(services.orm.em.fork(), userId, { groupId, invitationId });
  if (!isGone) throw notFound('invitation', invitationId);
}

/** Throws `not_found`, `owners_only`. */
export async function changeRole(
  services: Services,
  ownerId: string,
  { id: groupId, userId, role }: z.output<typeof roleChangeOf>,
): Promise<void> {
  await services.limits.take('changes', ownerId);
  await assertOwner(services, ownerId, groupId);
  const isChanged = await queries.changeRole(services.orm.em.fork(), ownerId, { groupId, userId, role });
  if (!isChanged) throw notFound('member', userId);
}

/** By the owner, or by the member, who leaves. Throws `not_found`, `owners_only`. */
export async function removeMember(
  services: Services,
  actorId: string,
  { id: groupId, userId }: { id: string; userId: string },
): Promise<void> {
  if (actorId === userId) await readGroup(services, actorId, groupId);
  else await assertOwner(services, actorId, groupId);
  const isGone = await queries.removeMember(services.orm.em.fork(), actorId, { groupId, userId });
  if (!isGone) throw notFound('member', userId);
}

/** What one is invited to by an address that is known to be one's own. */
export async function listOffers({ orm }: Services, { id, email }: SessionUser) {
  const user = await readUser(orm.em.fork(), id);
  return user?.emailVerified ? queries.listOffers(orm.em.fork(), email) : [];
}

/** Throws `invalid_link`, `wrong_account`, `email_unconfirmed`, `rate_limited`. */
export async function acceptOffer(
  services: Services,
  user: SessionUser,
  by: { token: string } | { id: string },
): Promise<{ groupId: string }> {
  await services.limits.take('changes', user.id);
  const key = 'id' in by ? by : { tokenHash: hashOfToken(by.token) };
  const offer = await queries.findOffer(services.orm.em.fork(), key);
  // Who has no link learns nothing of an invitation to somebody else.
  if (!offer || ('id' in by && offer.email !== user.email)) throw goneOffer();
  if (offer.email !== user.email)
    throw new ApiError(
      'wrong_account',
      `This invitation was sent to ${offer.email}, and you are signed in as ${user.email}. Sign out, then sign in or create an account with ${offer.email}. Or ask ${offer.ownerName} to invite ${user.email}.`,
    );
  await assertConfirmed(services, user);
  if (!(await queries.acceptOffer(services.orm.em.fork(), user, offer))) throw goneOffer();
  return { groupId: offer.groupId };
}

/** Throws `invalid_link`. */
export async function declineOffer({ orm }: Services, user: SessionUser, id: string): Promise<void> {
  if (!(await queries.declineOffer(orm.em.fork(), user.email, id))) throw goneOffer();
}

/** Where real mail is sent an address is somebody's only once it is confirmed. */
async function assertConfirmed({ orm, mailer }: Services, { id, email }: SessionUser): Promise<void> {
  if (mailer.way !== 'smtp' || (await readUser(orm.em.fork(), id))?.emailVerified) return;
  throw new ApiError(
    'email_unconfirmed',
    `Confirm first that ${email} is your address: open the link that we mailed to you, or ask for a new one in the settings.`,
  );
}

const goneOffer = () =>
  new ApiError('invalid_link', 'This invitation was accepted or taken back, or is too old. Ask for a new one.');
