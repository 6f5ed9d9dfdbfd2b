/** What leaves the server, as schemas: nothing that is not named here gets out. */
import { z } from 'zod';
import { failureKinds } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { phases } from '#domain/phases.ts';
import type {
  ApiKeyView,
  BookingView,
  CalendarFeedView,
  ChangeView,
  EmailChangeView,
  FeedChoicesView,
  JobLogView,
  JobView,
  NewApiKeyView,
  PortalAccountView,
  ProfileView,
  SessionView,
  SettingsView,
  StatusJobView,
  StatusView,
} from '#lib/api-types.ts';

export const time = z.iso.datetime();
export const jobStatus = z.enum(
  ['pending', 'running', 'completed', 'failed'],
  'A status is pending, running, completed or failed.',
);
export const syncState = z.enum(['not_connected', 'sleeping', 'pending', 'running', 'paused']);
export const scheduleReason = z.enum(['interval', 'backoff', 'retry_soon', 'quiet_hours', 'circuit_open', 'awaited']);

export const pausedReason = z.enum([
  'user',
  'repeated_failure',
  'invalid_credentials',
  'account_locked',
  'verification_required',
]);
export const phase = z.enum(phases);
export const errorCode = z.enum(Object.keys(failureKinds) as [FailureKind, ...FailureKind[]]);
export const logLevel = z.enum(['info', 'warn', 'error'], 'A level is info, warn or error.');
export const changeKind = z.enum([
  'added',
  'moved',
  'renamed',
  'studio',
  'location',
  'price',
  'status',
  'removed',
  'restored',
]);

export const statusJobView = z.object({
  id: z.string(),
  status: jobStatus,
  progress: z.string(),
  phase,
  done: z.int(),
  total: z.int().nullable(),
  bookingsSynced: z.int().nullable(),
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  triggeredManually: z.boolean(),
  errorCode: errorCode.nullable(),
  errorMessage: z.string().nullable(),
  partial: z.boolean(),
}) satisfies z.ZodType<StatusJobView>;

export const statusView = z.object({
  job: statusJobView.nullable(),
  lastSyncAt: time.nullable(),
  nextSyncAt: time.nullable(),
  state: syncState,
  pausedReason: pausedReason.nullable(),
  consecutiveFailures: z.int(),
  warning: z.literal('pausing_soon').nullable(),
  scheduleReason: scheduleReason.nullable(),
  intervalMinutes: z.int(),
  live: z.boolean(),
}) satisfies z.ZodType<StatusView>;

export const bookingView = z.object({
  id: z.string(),
  recordId: z.string(),
  name: z.string(),
  startsAt: time,
  endsAt: time,
  studio: z.string(),
  location: z.string(),
  status: z.string(),
  priceCents: z.int().nullable(),
  recordUrl: z.string(),
  removedAt: time.nullable(),
}) satisfies z.ZodType<BookingView>;

const changedValues = z.record(z.string(), z.unknown()).nullable();

export const changeView = z.object({
  id: z.string(),
  at: time,
  kind: changeKind,
  bookingId: z.string(),
  jobId: z.string().nullable(),
  name: z.string(),
  before: changedValues,
  after: changedValues,
}) satisfies z.ZodType<ChangeView>;

export const jobView = z.object({
  id: z.string(),
  status: jobStatus,
  triggeredManually: z.boolean(),
  createdAt: time,
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  bookingsSynced: z.int().nullable(),
  added: z.int().nullable(),
  changed: z.int().nullable(),
  removed: z.int().nullable(),
  partial: z.boolean(),
  errorCode: errorCode.nullable(),
  errorMessage: z.string().nullable(),
}) satisfies z.ZodType<JobView>;

export const jobLogView = z.object({
  id: z.string(),
  at: time,
  level: logLevel,
  phase: z.string().nullable(),
  message: z.string(),
}) satisfies z.ZodType<JobLogView>;

export const profileView = z.object({
  id: z.string(),
  email: z.string(),
  createdAt: time,
  calendarUrl: z.string().nullable(),
}) satisfies z.ZodType<ProfileView>;

export const portalAccountView = z.object({
  username: z.string(),
  trialUsername: z.string().nullable(),
  updatedAt: time,
  pausedReason: pausedReason.nullable(),
}) satisfies z.ZodType<PortalAccountView>;

const texts = z.array(z.string());

export const feedChoicesView = z.object({
  studios: texts,
  locations: texts,
  statuses: texts,
}) satisfies z.ZodType<FeedChoicesView>;

export const calendarFeedView = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  webcalUrl: z.string(),
  subscribe: z.object({ google: z.string(), apple: z.string(), outlook: z.string() }),
  qr: z.object({ size: z.int(), path: z.string() }),
  filters: feedChoicesView.extend({ upcomingOnly: z.boolean(), hideCanceled: z.boolean() }),
  alarmMinutes: z.array(z.int()),
  createdAt: time,
  updatedAt: time,
  lastFetchedAt: time.nullable(),
}) satisfies z.ZodType<CalendarFeedView>;

export const sessionView = z.object({
  id: z.string(),
  current: z.boolean(),
  device: z.string(),
  userAgent: z.string().nullable(),
  ipAddress: z.string().nullable(),
  createdAt: time,
  lastUsedAt: time,
  expiresAt: time,
}) satisfies z.ZodType<SessionView>;

export const apiKeyScope = z.enum(['read', 'sync', 'manage'], 'A scope is read, sync or manage.');

export const apiKeyView = z.object({
  id: z.string(),
  name: z.string(),
  start: z.string(),
  scopes: z.array(apiKeyScope),
  createdAt: time,
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
}) satisfies z.ZodType<ApiKeyView>;

export const newApiKeyView = apiKeyView.extend({ key: z.string() }) satisfies z.ZodType<NewApiKeyView>;

export const settingsView = z.object({
  intervalMinutes: z.int(),
  quietFrom: z.string().nullable(),
  quietTo: z.string().nullable(),
  timeZone: z.string(),
}) satisfies z.ZodType<SettingsView>;

export const emailChangeView = z.object({
  status: z.enum(['changed', 'confirmation_sent']),
  email: z.string(),
}) satisfies z.ZodType<EmailChangeView>;
