/** Tells a user by mail what the page says too, for those who do not look at it. */
import type { LongFailureNotice } from '#domain/sync.ts';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Config } from '#platform/config.ts';
import { wantsToBeNeeded } from '#db/queries/notices.ts';
import { readUser } from '#db/queries/users.ts';
import { pausedMessage, pausingSoonMessage } from './email-messages.ts';
import type { Mailer } from './mailer.ts';

const messages: Record<LongFailureNotice, typeof pausedMessage> = {
  pausing_soon: pausingSoonMessage,
  repeated_failure: pausedMessage,
};

interface Needed {
  orm: MikroORM;
  mailer: Mailer;
  config: Pick<Config, 'PUBLIC_URL'>;
}

/** Resolves once the mail server took the mail. No effect without mail, or where the user wants none. */
export function createTellUser({ orm, mailer, config }: Needed) {
  return async (userId: string, notice: LongFailureNotice): Promise<void> => {
    if (mailer.way === 'none') return;
    const user = await readUser(orm.em.fork(), userId);
    if (!user || !(await wantsToBeNeeded(orm.em.fork(), userId))) return;
    await mailer.send(messages[notice]({ to: user.email, publicUrl: config.PUBLIC_URL }));
  };
}
