/** What the REST API takes and gives, in snake_case. The OpenAPI document is made from these. */
import { z } from 'zod';
import { bookingFilters, loginWithCode, portalCredentials, registration, syncOptions } from '../schemas/inputs.ts';
import { changeKind, errorCode, jobStatus, logLevel, pausedReason, phase, syncState, time } from '../schemas/views.ts';

const nullableTime = time.nullable();
const count = z.int().min(0);

export const registerBody = registration.meta({ id: 'Registration' });
export const tokenBody = loginWithCode.meta({ id: 'Login' });
export const credentialsBody = portalCredentials.meta({ id: 'PortalCredentials' });
export const syncBody = z
  .object({
    options: z
      .object({ fresh_session: syncOptions.shape.freshSession.meta({ description: 'Sign in to the portal afresh.' }) })
      .nullish(),
  })
  .meta({ id: 'SyncRequest' });

export const registered = z
  .object({
    id: z.uuid(),
    email: z.string(),
    calendar_url: z.url().meta({ description: 'The calendar feed. Whoever knows this address can read it.' }),
  })
  .meta({ id: 'Registered' });

export const token = z
  .object({
    access_token: z.string(),
    token_type: z.literal('bearer'),
    expires_in: z.int().meta({ description: 'Seconds; each use prolongs it, hourly at most.' }),
  })
  .meta({ id: 'Token' });

export const profile = z
  .object({ id: z.uuid(), email: z.string(), created_at: time, calendar_url: z.url().nullable() })
  .meta({ id: 'Profile' });

export const credentials = z
  .object({ username: z.string(), updated_at: time, paused_reason: pausedReason.nullable() })
  .meta({ id: 'SavedPortalCredentials', description: 'Never with the password.' });

export const syncAccepted = z
  .object({ job_id: z.uuid(), message: z.string(), status: jobStatus })
  .meta({ id: 'SyncAccepted' });

const progressFields = {
  phase,
  progress: z.string().meta({ description: 'The phase as a sentence.' }),
  done: count.meta({ description: 'Rentals so far.' }),
  total: count.nullable(),
};

const resultFields = {
  id: z.uuid(),
  status: jobStatus,
  bookings_synced: count.nullable(),
  started_at: nullableTime,
  completed_at: nullableTime,
  triggered_manually: z.boolean(),
  error_code: errorCode.nullable(),
  error_message: z.string().nullable(),
  partial: z.boolean().meta({ description: 'Completed, but with gaps.' }),
};

export const syncStatus = z
  .object({
    job: z.object({ ...resultFields, ...progressFields }).nullable(),
    last_sync_at: nullableTime,
    next_sync_at: nullableTime,
    state: syncState,
    paused_reason: pausedReason.nullable(),
    consecutive_failures: count,
    warning: z
      .literal('pausing_soon')
      .nullable()
      .meta({ description: 'Syncs have failed for days; before long they are paused as `repeated_failure`.' }),
    portal_held: z.boolean().meta({
      description: 'The portal is down for many users, so the next scheduled sync was put off.',
    }),
    interval_minutes: z.int(),
    live: z.boolean().meta({ description: 'False while the sync service does not answer: the last known state.' }),
  })
  .meta({ id: 'SyncStatus' });

const job = z
  .object({
    ...resultFields,
    created_at: time,
    added: count.nullable(),
    changed: count.nullable(),
    removed: count.nullable(),
  })
  .meta({ id: 'Job' });

const nextCursor = z.string().nullable().meta({ description: 'Give it as `cursor` to get the next page.' });

export const history = z.object({ jobs: z.array(job), next_cursor: nextCursor }).meta({ id: 'History' });

export const logs = z
  .object({
    logs: z.array(
      z.object({ id: z.string(), at: time, level: logLevel, phase: z.string().nullable(), message: z.string() }),
    ),
    next_cursor: nextCursor,
  })
  .meta({ id: 'Logs' });

export const bookings = z
  .object({
    bookings: z.array(
      z
        .object({
          id: z.uuid(),
          record_id: z.string(),
          name: z.string(),
          starts_at: time,
          ends_at: time,
          studio: z.string(),
          location: z.string(),
          status: z.string(),
          price_cents: z.int().nullable(),
          record_url: z.string(),
          removed_at: nullableTime.meta({ description: 'Since when it is not on the portal any more.' }),
        })
        .meta({ id: 'Booking' }),
    ),
    total: count.meta({ description: 'How many the filters let through, over all pages.' }),
    next_cursor: nextCursor,
  })
  .meta({ id: 'Bookings' });

const values = z.record(z.string(), z.unknown()).nullable();

export const changes = z
  .object({
    changes: z.array(
      z
        .object({
          id: z.uuid(),
          at: time,
          kind: changeKind,
          booking_id: z.uuid(),
          job_id: z.uuid().nullable(),
          name: z.string(),
          before: values,
          after: values,
        })
        .meta({ id: 'Change' }),
    ),
    next_cursor: nextCursor,
  })
  .meta({ id: 'Changes' });

const limit = (fallback: number) =>
  z.coerce
    .number('A limit is a whole number from 1 to 100.')
    .int('A limit is a whole number from 1 to 100.')
    .min(1, 'A limit is a whole number from 1 to 100.')
    .max(100, 'A limit is a whole number from 1 to 100.')
    .default(fallback);
const cursor = z.string().max(500).optional().meta({ description: 'Opaque: the `next_cursor` of the page before.' });

export const historyQuery = z.object({ limit: limit(10), cursor, status: jobStatus.optional() });
export const logsQuery = z.object({ level: logLevel.optional(), limit: limit(50), cursor });
export const bookingsQuery = bookingFilters.extend({ limit: limit(50), cursor });
export const changesQuery = z.object({ limit: limit(50), cursor });
export const jobParams = z.object({ id: z.uuid() });

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What happened and what to do.' }),
    code: z.string(),
    errors: z.record(z.string(), z.array(z.string())).optional().meta({ description: 'What is wrong, by field.' }),
  })
  .meta({ id: 'Problem' });
