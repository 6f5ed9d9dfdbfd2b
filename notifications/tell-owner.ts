/** Tells by mail that a delivery target takes nothing, before it is disabled and when it is. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { readLastFailure } from '#db/queries/deliveries.ts';
import { readTarget } from '#db/queries/delivery-rounds.ts';
import { readUser } from '#db/queries/users.ts';
import type { Warning } from '#domain/deliveries.ts';
import type { Config } from '#platform/config.ts';
import { targetDisabledMessage, targetFailingMessage } from './email-messages.ts';
import type { Mailer } from './mailer.ts';

interface Needed {
  orm: MikroORM;
  mailer: Mailer;
  config: Pick<Config, 'PUBLIC_URL'>;
}

/** Resolves once the mail server took the mail. No effect without mail, or where it is no longer true. */
export function createTellOwner({ orm, mailer, config }: Needed) {
  return async (targetId: string, warning: Warning): Promise<void> => {
    if (mailer.way === 'none') return;
    const target = await readTarget(orm.em.fork(), targetId);
    // Owners whose mailbox or device takes nothing read of it on the page.
    if (!target || target.channel === 'mail' || target.channel === 'push' || target.warned < warning) return;
    const user = await readUser(orm.em.fork(), target.userId);
    if (!user) return;
    const last = await readLastFailure(orm.em.fork(), targetId);
    const about = { to: user.email, publicUrl: config.PUBLIC_URL, address: target.address, last };
    const message = warning === 100 ? targetDisabledMessage(about) : targetFailingMessage({ ...about, warning });
    await mailer.send(message);
  };
}
