/** What comes in from operators, for tRPC, REST and forms alike. */
import { z } from 'zod';
import { auditActors } from '#domain/audit.ts';
import { bulkActions, fastestPerMinute } from '#domain/bulk.ts';
import { bulkQuery } from '#domain/shapes/bulk.ts';
import { flag } from '#domain/shapes/common.ts';
import { errorCode, logLevel } from '#domain/shapes/sync.ts';
import { syncStates } from '#domain/sync-states.ts';
import { cursor, email, id, limit, moment } from './inputs.ts';

export const auditList = z.strictObject({
  actor: z.enum(auditActors).optional(),
  actorId: id.optional(),
  subjectId: id.optional(),
  keyId: id.optional(),
  limit: limit(50),
  cursor,
});

export const keyCallList = auditList.pick({ limit: true, cursor: true });

export const userList = z.strictObject({
  state: z.enum(syncStates, `A state is one of ${syncStates.join(', ')}.`).optional(),
  errorCode: errorCode.optional(),
  email: email.optional(),
  limit: limit(50),
  cursor,
});

export const failurePageList = z.strictObject({
  kind: errorCode.optional(),
  userId: id.optional(),
  limit: limit(50),
  cursor,
});

const reason = z
  .string('Say why.')
  .trim()
  .min(3, 'Say why, in a few words.')
  .max(500, 'A reason has at most 500 characters.')
  .regex(/^\P{Cc}*$/u, 'A reason is one line of text.');

/** It goes into the audit log. */
export const deed = z.strictObject({ reason: reason.optional() }).meta({ id: 'Deed' });
export const deedOf = deed.extend({ id });

const rate = `A rate is a whole number of users a minute, from 1 to ${fastestPerMinute}.`;

export const bulkRequest = z
  .strictObject({
    action: z.enum(bulkActions, `An action is ${bulkActions.join(', ')}.`),
    query: bulkQuery.default({}).meta({ description: 'Whom it is about, as in the list of users; empty: all.' }),
    rate: z
      .int(rate)
      .min(1, rate)
      .max(fastestPerMinute, rate)
      .default(60)
      .meta({ description: 'Users a minute, at most.' }),
    dryRun: flag.default(false).meta({ description: 'Say how many and whom, and do nothing.' }),
    reason: reason.optional(),
  })
  .meta({ id: 'BulkRequest' });

export const deliveriesRetry = deed
  .extend({
    since: moment.optional().meta({ description: 'What was given up since then; left out: in the last week.' }),
  })
  .meta({ id: 'DeliveriesRetry' });
export const deliveriesRetryOf = deliveriesRetry.extend({ id });

/** A user's bookings are nobody's business without a reason. */
export const bookingsLook = z.strictObject({ reason, limit: limit(50), cursor }).meta({ id: 'BookingsLook' });
export const bookingsLookOf = bookingsLook.extend({ id });

/** As the user sees it, and as much the user's own. */
export const logsLook = z
  .strictObject({ reason, level: logLevel.optional(), limit: limit(50), cursor })
  .meta({ id: 'LogsLook' });
export const logsLookOf = logsLook.extend({ id, jobId: id });
