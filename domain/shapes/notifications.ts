/** Who is told what, and when, by the channels that may disturb them. Webhooks and calendars are chosen where they are added. */
import { z } from 'zod';
import { noticeKinds, reminderLeads, reminderMinutes } from '../notifications.ts';
import { clock, count, flag, id, time } from './common.ts';

export const kinds = z
  .array(z.enum(noticeKinds, `A kind is one of ${noticeKinds.join(', ')}.`), 'Give a list of kinds.')
  .max(20, 'At most 20 kinds.')
  .transform((given) => [...new Set(given)]);

/** `off`: nothing was chosen. `bounced`: the mail server refused the address for good. `failing`: it took nothing for three days. */
export const mailStates = ['on', 'off', 'bounced', 'failing'] as const;

const quietFrom = clock.nullable();
const quietTo = clock.nullable();
const urgentPasses = flag.meta({
  description:
    'What is canceled or gone for today waits neither for the end of quiet hours nor for the digest; nor does a rental that is off, back, moved or in another place, and begins before that.',
});
const remindBefore = z
  .union(
    [z.enum(reminderLeads), z.int().min(reminderMinutes.least).max(reminderMinutes.most)],
    `A reminder comes ${reminderMinutes.least} to ${reminderMinutes.most} minutes before, ${reminderLeads.join(', ')}, or never: null.`,
  )
  .nullable()
  .meta({
    description: 'When devices remind of a rental: so many minutes before it; `evening`: at six of the evening before.',
  });
const digestAt = clock.nullable().meta({ description: 'When mail about rentals comes each day; null: at once.' });

export const notifications = z
  .object({
    quietFrom,
    quietTo,
    urgentPasses,
    timeZone: z.string().meta({ description: 'Of all these times; see the settings.' }),
    mail: z.object({
      available: flag.meta({ description: 'False: this service sends no mail.' }),
      address: z.string(),
      confirmed: flag.meta({ description: 'Nothing is sent to an address that has to be confirmed first.' }),
      state: z.enum(mailStates),
      kinds: z.array(z.enum(noticeKinds)).meta({
        description: '`sync.paused`: syncing, or a connected calendar, needs them. `sync.resumed`: it works again.',
      }),
      digestAt,
      targetId: id.nullable().meta({ description: 'To find its deliveries by; null before there are any.' }),
      lastDeliveredAt: time.nullable(),
    }),
    push: z.object({
      available: flag.meta({ description: 'False: this service sends no push.' }),
      devices: count.meta({ description: 'How many could be told; see the push subscriptions.' }),
      kinds: z.array(z.enum(noticeKinds)).meta({ description: 'Of all of them together.' }),
      remindBefore,
    }),
  })
  .meta({ id: 'Notifications' });

/** What is left out stays. Giving kinds takes up mail again that had stopped. */
export const notificationsChange = z
  .strictObject({
    quietFrom: quietFrom.optional(),
    quietTo: quietTo.optional(),
    urgentPasses: urgentPasses.optional(),
    mail: z.strictObject({ kinds: kinds.optional(), digestAt: digestAt.optional() }).optional(),
    push: z
      .strictObject({ kinds: kinds.optional(), remindBefore: remindBefore.optional() })
      .optional()
      .meta({ description: 'On all devices that are turned on.' }),
  })
  .refine(({ quietFrom: from = null, quietTo: to = null }) => (from === null) === (to === null), {
    path: ['quietTo'],
    message: 'Quiet hours want both a beginning and an end.',
  })
  .refine(({ quietFrom: from, quietTo: to }) => !from || from !== to, {
    path: ['quietTo'],
    message: 'Quiet hours must end at another time than they begin.',
  })
  .meta({ id: 'NotificationsChange', description: 'What is left out stays as it is.' });

export const notificationTest = z
  .strictObject({ channel: z.enum(['mail'], 'The channel is mail.') })
  .meta({ id: 'NotificationTest' });

export type NotificationsView = z.output<typeof notifications>;
