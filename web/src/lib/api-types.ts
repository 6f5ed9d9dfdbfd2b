/**
 * What the pages and the API exchange. Types only, so that browser code may import this file. Times are ISO 8601 in
 * UTC, prices are cents, ids are uuids.
 */
import type { JobStatus, PausedReason, ScheduleReason, SyncState, SyncWarning } from '#domain/sync.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { Phase } from '#domain/phases.ts';

export type { FailureKind, JobStatus, PausedReason, Phase, SyncState };

/** The job that a person looks at: the running or pending one, else the last. */
export interface StatusJobView {
  id: string;
  status: JobStatus;
  /** The phase as a sentence. */
  progress: string;
  phase: Phase;
  done: number;
  total: number | null;
  bookingsSynced: number | null;
  startedAt: string | null;
  completedAt: string | null;
  triggeredManually: boolean;
  errorCode: FailureKind | null;
  /** What happened and what to do. For `internal` it ends with the job's id as a reference. */
  errorMessage: string | null;
  /** Completed, but with gaps. */
  partial: boolean;
}

/** One consistent snapshot: what it calls final is final in the database as well. */
export interface StatusView {
  job: StatusJobView | null;
  lastSyncAt: string | null;
  nextSyncAt: string | null;
  state: SyncState;
  pausedReason: PausedReason | null;
  consecutiveFailures: number;
  /** Syncs have failed for days; before long they are paused. */
  warning: SyncWarning | null;
  /** Why the next sync is due when it is; one that is asked for starts at once. Null while none waits. */
  scheduleReason: ScheduleReason | null;
  intervalMinutes: number;
  /** False while the sync service does not answer: this is then the last state that the database knows. */
  live: boolean;
}

export interface BookingView {
  id: string;
  recordId: string;
  name: string;
  startsAt: string;
  endsAt: string;
  studio: string;
  location: string;
  status: string;
  priceCents: number | null;
  recordUrl: string;
  /** Set while the rental is no longer on the portal. */
  removedAt: string | null;
}

export type ChangeKind =
  'added' | 'moved' | 'renamed' | 'studio' | 'location' | 'price' | 'status' | 'removed' | 'restored';

export interface ChangeView {
  id: string;
  at: string;
  kind: ChangeKind;
  bookingId: string;
  jobId: string | null;
  /** The booking's name as it is now. */
  name: string;
  /** The values of the changed fields, before and after. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

export interface JobView {
  id: string;
  status: JobStatus;
  triggeredManually: boolean;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  bookingsSynced: number | null;
  added: number | null;
  changed: number | null;
  removed: number | null;
  partial: boolean;
  errorCode: FailureKind | null;
  errorMessage: string | null;
}

export type LogLevel = 'info' | 'warn' | 'error';

export interface JobLogView {
  id: string;
  at: string;
  level: LogLevel;
  phase: string | null;
  message: string;
}

/** Who is signed in. */
export interface ProfileView {
  id: string;
  email: string;
  createdAt: string;
  /** The address of the default calendar feed. Whoever knows it can read the calendar. */
  calendarUrl: string | null;
}

/** The connected Gibney account; never its password. */
export interface PortalAccountView {
  username: string;
  /** Of a new sign-in that waits for Gibney to accept it; null where there is none. */
  trialUsername: string | null;
  updatedAt: string;
  pausedReason: PausedReason | null;
}

/** A calendar feed. Whoever knows its address can read the calendar. */
export interface CalendarFeedView {
  id: string;
  name: string;
  url: string;
  /** The same address in the form that calendar apps open by themselves. */
  webcalUrl: string;
  /** Addresses that subscribe in one click. */
  subscribe: { google: string; apple: string; outlook: string };
  /** The webcal address, for a phone's camera. */
  qr: QrCode;
  /** Empty lists let everything through. */
  filters: {
    studios: string[];
    locations: string[];
    statuses: string[];
    /** From the beginning of today on. */
    upcomingOnly: boolean;
    /** Canceled rentals go at once; else they stay for 14 days, marked as canceled. */
    hideCanceled: boolean;
  };
  /** Minutes before the start at which calendars ring. */
  alarmMinutes: number[];
  createdAt: string;
  updatedAt: string;
  /** When a calendar app last asked, to a few minutes. */
  lastFetchedAt: string | null;
}

/** For `<svg viewBox="0 0 {size} {size}"><path d={path} /></svg>`; dark on light, with its quiet zone. */
export interface QrCode {
  size: number;
  path: string;
}

/** Every value that a user's bookings have, for the filters of a feed. */
export interface FeedChoicesView {
  studios: string[];
  locations: string[];
  statuses: string[];
}

/** A place where the user is signed in. */
export interface SessionView {
  id: string;
  /** The one that asks. */
  current: boolean;
  /** In words, as "Firefox on Windows"; "A program" where no browser says its name. */
  device: string;
  userAgent: string | null;
  ipAddress: string | null;
  createdAt: string;
  /** To an hour. */
  lastUsedAt: string;
  expiresAt: string;
}

/** What a key may do; each includes the ones before it. */
export type ApiKeyScope = 'read' | 'sync' | 'manage';

/** A key for other tools; never the key itself. */
export interface ApiKeyView {
  id: string;
  name: string;
  /** Its first characters, to tell it from others. */
  start: string;
  scopes: ApiKeyScope[];
  createdAt: string;
  /** To a minute. */
  lastUsedAt: string | null;
  expiresAt: string | null;
}

/** A key that was just made: the only time that it is shown. */
export interface NewApiKeyView extends ApiKeyView {
  key: string;
}

export interface SettingsView {
  /** Between two syncs, 30–1440. */
  intervalMinutes: number;
  /** No sync begins by itself from `quietFrom` to `quietTo` (`HH:MM` in `timeZone`); both null: none. */
  quietFrom: string | null;
  quietTo: string | null;
  /** IANA name; New York unless the user chose another. */
  timeZone: string;
}

/** `confirmation_sent`: the address changes once the link in the mail is opened. */
export interface EmailChangeView {
  status: 'changed' | 'confirmation_sent';
  email: string;
}

/** Codes of errors, the same in tRPC (`error.data.code`… as `reason`) and in REST (`code`). */
export type ApiErrorCode =
  | 'bad_request'
  | 'malformed_json'
  | 'bad_cursor'
  | 'validation_failed'
  | 'unauthorized'
  | 'invalid_login'
  | 'second_factor_required'
  | 'invalid_code'
  | 'forbidden_origin'
  | 'insufficient_scope'
  | 'wrong_password'
  | 'invalid_link'
  | 'not_found'
  | 'method_not_allowed'
  | 'email_taken'
  | 'no_credentials'
  | 'invalid_credentials'
  | 'account_locked'
  | 'verification_required'
  | 'paused'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'temporal_unavailable'
  | 'unavailable'
  | 'internal';

/** Errors of single fields: the field's name (a path joined by dots) and what is wrong with it. */
export type FieldErrors = Record<string, string[]>;

/** What tRPC errors carry in `error.data`. */
export interface ApiErrorData {
  /** tRPC's own code, such as `NOT_FOUND`. */
  code: string;
  httpStatus: number;
  /** Our code. */
  reason: ApiErrorCode;
  fields: FieldErrors | null;
  retryAfterSeconds: number | null;
}
