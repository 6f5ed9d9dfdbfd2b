/** Mails are ended by whoever has a link from one, signed in or not. */
import { readMailAddress, turnMailOff } from '#db/queries/notices.ts';
import { readUnsubscribe } from '#notifications/mail/unsubscribe.ts';
import type { Services } from '../services.ts';

/** Where the mails go; null where the link is not ours, or there is no such account any more. */
export async function mailOfLink({ orm, secrets }: Services, token: string): Promise<string | null> {
  const id = readUnsubscribe(secrets, token);
  return id === null ? null : readMailAddress(orm.em.fork(), id);
}

/** False where the link is not ours. What waits is not sent, and nothing else is until it is chosen again. */
export async function unsubscribe({ orm, secrets }: Services, token: string): Promise<boolean> {
  const id = readUnsubscribe(secrets, token);
  if (id === null) return false;
  await turnMailOff(orm.em.fork(), id);
  return true;
}
