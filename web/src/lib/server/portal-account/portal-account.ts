/** The Gibney account that a user connects. Its password goes in and never comes out. */
import type { z } from 'zod';
import * as queries from '#db/queries/portal-accounts.ts';
import type { portalAccount } from '#domain/shapes/account.ts';
import { ApiError } from '../errors.ts';
import type { portalCredentials } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';
import { tellWorkflow } from '../sync/tell-workflow.ts';

type PortalAccount = z.input<typeof portalAccount>;

export async function readPortalAccount({ orm }: Services, userId: string): Promise<PortalAccount | null> {
  const account = await queries.readPortalAccount(orm.em.fork(), userId);
  if (!account?.username) return null;
  const { username, trialUsername, updatedAt, pausedReason } = account;
  return { username, trialUsername, updatedAt, pausedReason };
}

type Credentials = z.output<typeof portalCredentials>;

/** Stores the credentials, sealed, and tells the workflow, which starts a sync with them. They are not tried first. */
export function savePortalAccount(services: Services, userId: string, given: Credentials): Promise<PortalAccount> {
  return takeCredentials(services, userId, given, queries.savePortalCredentials);
}

/**
 * Tries new credentials in a sync that starts now; they are stored when Gibney accepts them. Where none are stored that
 * work, these are stored right away.
 */
export function tryPortalAccount(services: Services, userId: string, given: Credentials): Promise<PortalAccount> {
  return takeCredentials(services, userId, given, queries.tryPortalCredentials);
}

async function takeCredentials(
  services: Services,
  userId: string,
  given: Credentials,
  write: typeof queries.savePortalCredentials,
): Promise<PortalAccount> {
  await services.limits.take('changes', userId);
  await write(services.orm.em.fork(), services.secrets, { userId, ...given });
  // Read before anything else takes time; whoever removes them right now is the last to speak.
  const account = await readPortalAccount(services, userId);
  await tellWorkflow(services, userId);
  if (!account) throw new ApiError('not_found', 'The Gibney account was removed meanwhile. Connect it once more.');
  return account;
}

/** Forgets the credentials and the portal session. Bookings stay. */
export async function removePortalAccount(services: Services, userId: string): Promise<void> {
  if (await queries.deletePortalCredentials(services.orm.em.fork(), userId)) await tellWorkflow(services, userId);
}
