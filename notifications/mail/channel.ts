/** Mail: one message for all that is due, by the mailer of the service. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { listSeenBookings } from '#db/queries/calendar-feeds.ts';
import type { DueDelivery, TargetRow } from '#db/queries/delivery-rounds.ts';
import { readUser } from '#db/queries/users.ts';
import type { Secrets } from '#db/secrets.ts';
import type { Tried } from '#domain/deliveries.ts';
import type { Config } from '#platform/config.ts';
import type { DeliveryChannel } from '../channel.ts';
import type { EmailMessage } from '../email-messages.ts';
import type { Mailer } from '../mailer.ts';
import { noticeMessage } from './notice.ts';
import { isUnanswered, refusalOf } from './refusals.ts';
import { unsubscribeUrlOf } from './unsubscribe.ts';
import { tellOf } from '../words.ts';

interface Needed {
  orm: MikroORM;
  mailer: Mailer;
  secrets: Pick<Secrets, 'seal'>;
  config: Pick<Config, 'PUBLIC_URL'>;
}

const mostInOne = 500;

export function createMailChannel(given: Needed): DeliveryChannel {
  const needed = { ...given, mailer: oneAtATimeWhileAway(given.mailer) };
  return {
    atOnce: mostInOne,
    inOneMessage: true,
    async deliver(target, deliveries, signal) {
      const tried = await tell(needed, target, deliveries, signal);
      return deliveries.map(() => tried);
    },
  };
}

/**
 * While the mail server does not answer, one mail at a time finds out whether it is back. The others fail at once: waiting
 * for it, they would take all places of a worker from push and webhooks.
 */
function oneAtATimeWhileAway(mailer: Mailer): Mailer {
  let isAway = false;
  let asking = 0;
  return {
    ...mailer,
    async send(message, signal) {
      if (isAway && asking > 0) throw new Error('the mail server does not answer');
      asking += 1;
      try {
        const answer = await mailer.send(message, signal);
        isAway = false;
        return answer;
      } catch (error) {
        if (!signal?.aborted) isAway = isUnanswered(error);
        throw error;
      } finally {
        asking -= 1;
      }
    },
  };
}

const notSent = (error: string): Tried => ({ outcome: 'failed', ours: true, abort: true, error });

async function tell(needed: Needed, target: TargetRow, deliveries: DueDelivery[], signal: AbortSignal): Promise<Tried> {
  const { orm, mailer } = needed;
  if (mailer.way === 'none') return notSent('This service sends no mail.');
  const user = await readUser(orm.em.fork(), target.userId);
  if (!user) return notSent('There is no such account any more.');
  // Typing a stranger's address must not get mail sent there.
  if (mailer.way === 'smtp' && !user.emailVerified)
    return notSent('The address is not confirmed, so nothing was sent there.');
  const message = await compose(needed, target, deliveries);
  try {
    const answer = await mailer.send(message, signal);
    return { outcome: 'delivered', answer: deliveries[0]!.wasCutOff ? `${answer} · ${mayBeSecond}` : answer };
  } catch (error) {
    return refusalOf(error);
  }
}

const mayBeSecond =
  'Whether it was taken when it was sent before is not known, so it may have come twice, as one message.';

async function compose(
  { orm, secrets, config }: Needed,
  { id, userId, address }: TargetRow,
  deliveries: DueDelivery[],
): Promise<EmailMessage> {
  const told = deliveries.map(tellOf);
  const ids = new Set(told.map(({ bookingId }) => bookingId).filter((one) => one !== null));
  const bookings = ids.size === 0 ? [] : await listSeenBookings(orm.em.fork(), userId, [...ids]);
  const publicUrl = config.PUBLIC_URL;
  const unsubscribeUrl = unsubscribeUrlOf(secrets, publicUrl, id);
  return noticeMessage({ to: address, publicUrl, id: deliveries[0]!.bundle!, told, bookings, unsubscribeUrl });
}
