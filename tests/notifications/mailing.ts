/** A user whose mails go to a sink, for the tests of a file. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createDeliverDue } from '#activities/deliver-due.ts';

import { listDeliveries } from '#db/queries/deliveries.ts';

import { writeNoticeChoices, type NoticeChoice } from '#db/queries/notices.ts';
import { noticeKinds } from '#domain/notifications.ts';
import type { DeliveryActivities } from '#domain/activities.ts';
import { createMailChannel } from '#notifications/mail/channel.ts';

import { createMailer, type Mailer } from '#notifications/mailer.ts';
import { affected, sql } from '../support/sql.ts';

import { makeConnectedUser, secrets, useDatabase } from '../db/fixtures.ts';

import { startMailSink, type MailSink } from '../web/support/mail-sink.ts';

export type Answer = Awaited<ReturnType<DeliveryActivities['deliverDue']>>;

export const { em, orm } = useDatabase();
export const publicUrl = 'https://rentals.test';
export const settings = { MAIL_FROM: 'gibney-sync <no-reply@rentals.test>', LOCAL_MODE: false, DATA_DIR: '/nowhere' };
export let sink: MailSink;
export let mailer: Mailer;
export let userId: string;

beforeAll(async () => {
  sink = await startMailSink();
  mailer = createMailer({ SMTP_URL: sink.url, ...settings });
});
afterAll(async () => {
  mailer.close();
  await sink.close();
});
beforeEach(async () => {
  sink.mails.length = 0;
  sink.refuses = Object.assign(sink.refuses, { recipient: () => null, data: () => null });
  await beAnother();
});

export const all: NoticeChoice = { kinds: [...noticeKinds], digestAt: null, quiet: null, urgentPasses: true };
export const choose = async (values: Partial<NoticeChoice> = {}) =>
  (await writeNoticeChoices(em(), userId, { ...all, ...values }))[0]!;

export const deliver = (targetId: string, by: Mailer = mailer) => channelBy(by)(targetId);

export function channelBy(by: Mailer): (targetId: string) => Promise<Answer> {
  const mail = createMailChannel({ orm: orm(), mailer: by, secrets, config: { PUBLIC_URL: publicUrl } });
  const activity = createDeliverDue({ orm: orm(), channels: { mail } });
  return (targetId) => {
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) });
    return environment.run<[{ targetId: string }], Answer, typeof activity>(activity, { targetId });
  };
}

export const log = async () => (await listDeliveries(em(), userId, { limit: 20 })).deliveries;
export const hurry = async (targetId: string) => {
  await affected(em(), sql`update delivery_targets set held_until = null where id = ${targetId}`);
  await affected(em(), sql`update deliveries set next_at = now() where target_id = ${targetId} and status = 'pending'`);
};

/** From here on all is about a new user, whose address is confirmed. */
export async function beAnother(): Promise<void> {
  userId = await makeConnectedUser(em());
  await affected(em(), sql`update users set email_verified = true where id = ${userId}`);
}
