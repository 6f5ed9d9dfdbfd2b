/** Every misbehaviour of the portal, and how a sync ends that meets it. */
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { Fault } from '../portal/types.ts';
import type { Moment } from './cases.ts';

/** `whole`: completed, everything read. `gaps`: completed as partial. Else: failed, as this kind. */
export type End = 'whole' | 'gaps' | FailureKind;

export interface FaultEntry {
  id: string;
  breaks: string;
  /** Begins while the sync stands in its moment, and lasts until the sync is over unless it says `times`. */
  fault: Fault & { times?: number };
  end: End;
  /** Where the end depends on the moment: a fault that comes too late for this sync, or finds rows read already. */
  ends?: Partial<Record<Moment, End>>;
  /** Strikes at the sign-in only, so the user is signed out before the sync that is to meet it. */
  signsOut?: boolean;
  short?: boolean;
}

/** Rows that were read before are kept, and the list is incomplete. */
const midList: FaultEntry['ends'] = { reading: 'gaps' };
/** The sign-in is over by then. */
const signedIn: FaultEntry['ends'] = { reading: 'whole' };

const network: FaultEntry[] = [
  {
    id: 'maintenance',
    breaks: 'a maintenance page',
    fault: { kind: 'maintenance' },
    end: 'portal_unavailable',
    ends: midList,
  },
  {
    id: 'server-error-once',
    breaks: 'error 500, once',
    fault: { kind: 'serverError', times: 1 },
    end: 'whole',
    short: true,
  },
  { id: 'server-error', breaks: 'error 500', fault: { kind: 'serverError' }, end: 'portal_unavailable', ends: midList },
  { id: 'reset', breaks: 'connections that break', fault: { kind: 'reset' }, end: 'portal_unavailable', ends: midList },
  {
    id: 'redirect-loop',
    breaks: 'a redirect without end',
    fault: { kind: 'redirectLoop', at: 'list' },
    // Also where the list was there already: some of it is gone, so it is read a second time.
    end: 'portal_unavailable',
  },
  {
    id: 'outage',
    breaks: 'an outage that comes as an ordinary page',
    fault: { kind: 'outage', at: 'list' },
    end: 'portal_unavailable',
  },
  {
    id: 'rate-limit',
    breaks: '429 Too Many Requests',
    fault: { kind: 'rateLimit', retryAfterSeconds: 1 },
    end: 'portal_rate_limited',
    ends: midList,
  },
  { id: 'slow', breaks: 'every answer takes three seconds', fault: { kind: 'slow', ms: 3_000 }, end: 'whole' },
  {
    id: 'hang',
    breaks: 'a request that is never answered',
    fault: { kind: 'hang', times: 1 },
    end: 'whole',
    ends: midList,
  },
  { id: 'session-dies', breaks: 'no session lasts', fault: { kind: 'sessionDies' }, end: 'portal_unavailable' },
  {
    id: 'session-dies-once',
    breaks: 'the session dies between two requests',
    fault: { kind: 'sessionDies', times: 1 },
    end: 'whole',
    short: true,
  },
];

const signIn: FaultEntry[] = [
  {
    id: 'wrong-credentials',
    breaks: 'the sign-in is refused',
    fault: { kind: 'wrongCredentials' },
    end: 'invalid_credentials',
    ends: signedIn,
    signsOut: true,
    short: true,
  },
  {
    id: 'account-locked',
    breaks: 'the account is locked',
    fault: { kind: 'accountLocked' },
    end: 'account_locked',
    ends: signedIn,
    signsOut: true,
  },
  {
    id: 'verification',
    breaks: 'a code is asked for',
    fault: { kind: 'verification' },
    end: 'verification_required',
    ends: signedIn,
    signsOut: true,
  },
  {
    id: 'action-required',
    breaks: 'the portal wants a new password first',
    fault: { kind: 'actionRequired' },
    end: 'action_required',
    ends: signedIn,
    signsOut: true,
  },
  {
    id: 'login-message',
    breaks: 'the sign-in says something unknown',
    fault: { kind: 'loginMessage', text: 'Not today.' },
    end: 'invalid_credentials',
    ends: signedIn,
    signsOut: true,
  },
];

const columns: FaultEntry[] = [
  {
    id: 'column-renamed',
    breaks: 'a column has another name',
    fault: { kind: 'columnRenamed', column: 'start', label: 'Begins' },
    end: 'portal_changed',
  },
  {
    id: 'column-moved',
    breaks: 'a column is elsewhere',
    fault: { kind: 'columnMoved', column: 'price', to: 0 },
    end: 'whole',
  },
  {
    id: 'column-gone',
    breaks: 'a column is gone',
    fault: { kind: 'columnGone', column: 'location' },
    end: 'portal_changed',
  },
  {
    id: 'column-added',
    breaks: 'there is one more column',
    fault: { kind: 'columnAdded', label: 'Notes', at: 1, text: '$3.00' },
    end: 'whole',
  },
  {
    id: 'header-variant',
    breaks: 'labels in capitals',
    fault: { kind: 'headerVariant', style: 'upper' },
    end: 'whole',
  },
  { id: 'table-gone', breaks: 'there is no table', fault: { kind: 'tableGone' }, end: 'portal_changed' },
];

const rows: FaultEntry[] = [
  {
    id: 'unreadable-date',
    breaks: 'a date that is none',
    fault: { kind: 'unreadableDate', row: 60 },
    end: 'gaps',
  },
  { id: 'unreadable-price', breaks: 'a price that is none', fault: { kind: 'unreadablePrice', row: 60 }, end: 'gaps' },
  { id: 'missing-record-id', breaks: 'a row without its id', fault: { kind: 'missingRecordId', row: 60 }, end: 'gaps' },
  { id: 'narrow-space', breaks: 'narrow spaces in the times', fault: { kind: 'narrowSpace' }, end: 'whole' },
  {
    id: 'chunked-rows',
    breaks: 'rows come in small chunks',
    fault: { kind: 'chunkedRows', size: 7, ms: 20 },
    end: 'whole',
  },
  { id: 'rows-late', breaks: 'rows come late', fault: { kind: 'rowsLate', ms: 1_500 }, end: 'whole' },
  {
    id: 'virtual-rows',
    breaks: 'only the rows in view are in the page',
    fault: { kind: 'virtualRows', window: 15 },
    end: 'whole',
  },
];

const endOfList: FaultEntry[] = [
  { id: 'status-lies', breaks: 'the status line is off by three', fault: { kind: 'statusLies' }, end: 'gaps' },
  { id: 'status-stuck', breaks: 'the status line keeps its plus', fault: { kind: 'statusStuck' }, end: 'gaps' },
  { id: 'status-missing', breaks: 'there is no status line', fault: { kind: 'statusMissing' }, end: 'gaps' },
  { id: 'list-grows', breaks: 'the list grows while it is read', fault: { kind: 'listShifts', by: 3 }, end: 'gaps' },
  {
    id: 'list-shrinks',
    breaks: 'two rentals go while the list is read, so two others are shown to nobody, and the count agrees',
    fault: { kind: 'listShifts', by: -2, times: 1 },
    end: 'whole',
  },
  { id: 'empty-last-batch', breaks: 'the last batch is empty', fault: { kind: 'emptyLastBatch' }, end: 'whole' },
  {
    id: 'batch-never-arrives',
    breaks: 'the second batch never comes',
    fault: { kind: 'batchNeverArrives' },
    end: 'gaps',
    short: true,
  },
  { id: 'batch-late', breaks: 'the second batch comes late', fault: { kind: 'batchLate', ms: 3_000 }, end: 'whole' },
];

export const faultEntries: FaultEntry[] = [...network, ...signIn, ...columns, ...rows, ...endOfList];
