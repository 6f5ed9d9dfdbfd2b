import { defineEntity, p } from '@mikro-orm/core';
import { reminderLeads, reminderMinutes, type NamedReminderLead } from '#domain/notifications.ts';

/** A person with an account. */
export const User = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    /** Lower case. */
    email: p.text().unique().check('email = lower(email)'),
    name: p.text().default(''),
    emailVerified: p.boolean().default(false),
    /** argon2id. */
    passwordHash: p.text().nullable().hidden().lazy(),
    image: p.text().nullable(),
    createdAt: p.datetime(3).defaultRaw('current_timestamp(3)'),
    updatedAt: p.datetime(3).defaultRaw('current_timestamp(3)'),
    /** Unset: the interval of the configuration. */
    intervalMinutes: p.integer().nullable(),
    /** IANA name; what the user sees beside New York. */
    timeZone: p.text().nullable(),
    /** Quiet hours in the user's zone, `HH:MM`. */
    quietFrom: p.text().nullable(),
    quietTo: p.text().nullable(),
    /** In the last day before a rental syncs come closer together. */
    closerBeforeRentals: p.boolean().default(false),
    /** When mail about rentals comes, `HH:MM` in the user's zone; unset: at once. */
    digestAt: p.text().nullable(),
    /** When nobody is to be disturbed, `HH:MM` in the user's zone. */
    notifyQuietFrom: p.text().nullable(),
    notifyQuietTo: p.text().nullable(),
    /** What is canceled for today, or would be told too late, waits for neither. */
    urgentPasses: p.boolean().default(true),
    /** When the user's devices remind of a rental; unset: never. */
    remindBefore: p
      .text()
      .$type<NamedReminderLead>()
      .nullable()
      .check(`remind_before in ('${reminderLeads.join("', '")}')`),
    /** So many minutes before, in place of `remindBefore`, which is one of its names then, too. */
    remindMinutes: p
      .integer()
      .nullable()
      .check(`remind_minutes >= ${reminderMinutes.least} and remind_minutes <= ${reminderMinutes.most}`),
    /** Changes after this time are new to the user. */
    changesSeenAt: p.datetime(3).nullable(),
    /** What the user wants to spend on rentals at most, in each month or year; unset: as much as it takes. */
    budgetCents: p.integer().nullable(),
    budgetPer: p.text().$type<'month' | 'year'>().nullable(),
  },
});
