/** What a user hears of by mail and on their devices, and when. */
import type { z } from 'zod';
import { writeTestEvent } from '#db/queries/events.ts';
import { listPushDevices, type DeviceRow } from '#db/queries/push-devices.ts';
import { ensureMailTarget, readNoticeChoices, writeNoticeChoices, type NoticeChoices } from '#db/queries/notices.ts';
import { noticeKinds } from '#domain/notifications.ts';
import type { notificationsChange, NotificationsView } from '#domain/shapes/notifications.ts';
import { startDelivery } from '../deliveries/deliveries.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';

export async function readNotifications(services: Services, userId: string): Promise<NotificationsView> {
  const [choices, devices] = await Promise.all([
    choicesOf(services, userId),
    listPushDevices(services.orm.em.fork(), userId),
  ]);
  return viewOf(
    services,
    choices,
    devices.filter(({ secretSealed }) => secretSealed !== null),
  );
}

/** What is left out stays. Throws `rate_limited`, `validation_failed` where push is chosen and there is no device. */
export async function updateNotifications(
  services: Services,
  userId: string,
  { mail, push, quietFrom, quietTo, urgentPasses }: z.output<typeof notificationsChange>,
): Promise<NotificationsView> {
  await services.limits.take('changes', userId);
  if (push && (await readNotifications(services, userId)).push.devices === 0)
    throw new ApiError('validation_failed', 'Turn on notifications on a device first.');
  const quiet = quietFrom && quietTo ? { from: quietFrom, to: quietTo } : null;
  const targets = await writeNoticeChoices(services.orm.em.fork(), userId, {
    kinds: mail?.kinds,
    pushKinds: push?.kinds,
    remindBefore: push?.remindBefore,
    digestAt: mail?.digestAt,
    quiet: quietFrom === undefined ? undefined : quiet,
    urgentPasses,
  });
  for (const target of targets) startDelivery(services, target);
  return readNotifications(services, userId);
}

/** Sends a test the way that everything goes, at once. It is tried once and counts for nothing. Throws `validation_failed`, `rate_limited`. */
export async function testNotification(services: Services, userId: string): Promise<void> {
  await services.limits.take('changes', userId);
  const { mail } = await readNotifications(services, userId);
  if (!mail.available) throw new ApiError('validation_failed', 'This service sends no mail.');
  if (!mail.confirmed) throw new ApiError('validation_failed', 'Confirm your e-mail address first.');
  const em = services.orm.em.fork();
  const targetId = await ensureMailTarget(em, userId);
  const message = 'You asked for it in the settings. It tells of nothing that happened: mails come here.';
  await writeTestEvent(em, { userId, targetId, data: { message } });
  startDelivery(services, targetId);
}

async function choicesOf({ orm }: Services, userId: string): Promise<NoticeChoices> {
  const choices = await readNoticeChoices(orm.em.fork(), userId);
  if (!choices) throw new ApiError('unauthorized', 'This account no longer exists.');
  return choices;
}

const states = { gone: 'bounced', failing: 'failing', user: 'off' } as const;

function viewOf({ mailer, config }: Services, choices: NoticeChoices, devices: DeviceRow[]): NotificationsView {
  const { kinds, digestAt, quiet, urgentPasses, timeZone, address, addressConfirmed, target } = choices;
  const stopped = target?.disabledReason;
  return {
    ...{ quietFrom: quiet?.from ?? null, quietTo: quiet?.to ?? null, urgentPasses, timeZone },
    mail: {
      available: mailer.way !== 'none',
      address,
      confirmed: mailer.way !== 'smtp' || addressConfirmed,
      state: stopped ? states[stopped] : 'on',
      ...{ kinds, digestAt, targetId: target?.id ?? null },
      lastDeliveredAt: target?.lastDeliveredAt?.toISOString() ?? null,
    },
    push: {
      available: config.vapid !== null,
      devices: devices.length,
      remindBefore: choices.remindBefore,
      kinds: noticeKinds.filter((kind) =>
        devices.some(({ events, disabledReason }) => disabledReason !== 'user' && events.includes(kind)),
      ),
    },
  };
}
