/** The public vocabulary of the stand-in portal: what tests pass in, and what they read back. */

/** One rental, in the very texts that the page shows. Times are the studio's wall clock: `6/9/2025 7:00 PM`. */
export interface Rental {
  /** 18 characters; the same id may be given to several users. */
  recordId: string;
  name: string;
  start: string;
  end: string;
  studio: string;
  price: string;
  status: string;
  location: string;
}

/** How long the portal takes, in milliseconds. */
export interface Delays {
  /** The script that makes the sign-in form appear. */
  loginScriptMs: number;
  /** The sign-in request. */
  signInMs: number;
  /** The HTML of any page. */
  shellMs: number;
  /** The request that brings the columns and the first rows. */
  gridMs: number;
  /** Each later batch of rows. */
  batchMs: number;
  /** Each image and font. */
  assetMs: number;
}

export interface PortalUser {
  username: string;
  password: string;
  /** The rentals themselves, or how many to make up (from `seed`); default none. */
  rentals?: Rental[] | number;
  /** Default: the username. The same seed makes the same rentals, record ids included. */
  seed?: string;
  /** What the pages tell of how this user sees dates and amounts, beside American English; null: nothing. */
  viewer?: Record<string, string> | null;
  /** Overrides the portal's delays wherever the user is known (after the sign-in form was sent). */
  delays?: Partial<Delays>;
}

export interface PortalOptions {
  host?: string;
  /** 0 (the default): any free port. */
  port?: number;
  users?: PortalUser[];
  delays?: Partial<Delays>;
  /** Default 2 hours. */
  sessionTtlMs?: number;
  /** Wrong passwords in a row until the account is locked; default 5. */
  lockAfter?: number;
  /** Rows a batch; default 50. Under 20 the scroller has nothing to scroll, so no second batch comes. */
  batchSize?: number;
  /** What `/s/booking-item` shows: the list (default), only the navigation, or `Invalid Page`. */
  bookingItem?: 'list' | 'home' | 'invalid';
  /** How a signed-out visitor gets to the sign-in page: by a 302 (default) or by the page's script. */
  redirect?: 'http' | 'script';
  /** Whether the place of the sign-in message carries `role=alert` (default) or no role. */
  loginMessage?: 'alert' | 'plain';
  /**
   * What Lightning web components render, so that the page's own world finds nothing of it: the navigation, with the list's
   * link among the others or in its menu `More`; the status line; the whole grid.
   */
  components?: ('navigation' | 'overflow' | 'status' | 'grid')[];
  /** What an empty list looks like: a table without rows (default) or no table at all. */
  emptyList?: 'table' | 'none';
  /** The day that made-up rentals are spread around; default now. */
  today?: Date;
}

/** Where in a visit a request belongs. `batch` is every request for rows after the first. */
export type Step =
  'login-page' | 'sign-in' | 'home' | 'list' | 'rows' | 'batch' | 'record' | 'verification' | 'script' | 'other';

export type ColumnKey =
  'number' | 'name' | 'start' | 'end' | 'studio' | 'price' | 'status' | 'location' | 'action' | `extra-${string}`;

/**
 * Faults of the network or the server: they hit requests, at one step or (`any`, the default) at all of them but the
 * scripts. Whose request it is, is known by its session, dead or alive, and in the sign-in request by the username.
 */
export type NetworkFault =
  | { kind: 'maintenance'; at?: Step | 'any' }
  | { kind: 'slow'; at?: Step | 'any'; ms: number }
  | { kind: 'hang'; at?: Step | 'any' }
  /** The request waits until this misbehaviour is switched off, and is then answered as if nothing had been. */
  | { kind: 'hold'; at?: Step | 'any' }
  | { kind: 'reset'; at?: Step | 'any' }
  | { kind: 'rateLimit'; at?: Step | 'any'; retryAfterSeconds?: number }
  | { kind: 'serverError'; at?: Step | 'any' }
  /** Strikes at pages; give it no `times`, or the loop ends. */
  /** A page that says so, with the status 200. */
  | { kind: 'outage'; at?: Step | 'any'; text?: string }
  | { kind: 'redirectLoop'; at?: Step | 'any' }
  /** The session ends just before the request is looked at. */
  | { kind: 'sessionDies'; at?: Step | 'any' };

/** What the sign-in request answers instead of the truth. */
export type SignInFault =
  | { kind: 'wrongCredentials' }
  | { kind: 'accountLocked' }
  | { kind: 'verification' }
  /** The password is right, and a page of Salesforce's comes before the site. */
  | { kind: 'actionRequired'; path?: string }
  | { kind: 'loginMessage'; text: string };

/** Faults of the list. They hold for one visit of the list, all its batches included; `row` counts from 0. */
export type ListFault =
  | { kind: 'columnRenamed'; column: ColumnKey; label: string }
  | { kind: 'columnMoved'; column: ColumnKey; to: number }
  | { kind: 'columnGone'; column: ColumnKey }
  | { kind: 'columnAdded'; label: string; at: number; text?: string }
  | { kind: 'headerVariant'; style: 'upper' | 'lower' | 'spaces' | 'nbsp' | 'newline' }
  | { kind: 'tableGone' }
  | { kind: 'unreadableDate'; row: number; column?: 'start' | 'end'; text?: string }
  | { kind: 'unreadablePrice'; row: number; text?: string }
  /** Without `recordId` the attribute is left out. */
  | { kind: 'missingRecordId'; row: number; recordId?: string }
  /** Times with U+202F before AM and PM, as newer browsers' locale data writes them. */
  | { kind: 'narrowSpace' }
  /** The final status line is off by `by` (default 3), or says `total`. */
  | { kind: 'statusLies'; by?: number; total?: number }
  /** The status line stays `50+ items` although all rows are there. */
  | { kind: 'statusStuck' }
  | { kind: 'statusMissing' }
  | { kind: 'emptyList' }
  /** Only the first `keep` rentals; default a third of them. The status line believes that these are all. */
  | { kind: 'partialList'; keep?: number }
  /** Rows appear `size` at a time, `ms` apart; the status line is there before them. */
  | { kind: 'chunkedRows'; size: number; ms: number }
  /** The table is there at once; its rows and the status line come so much later. */
  | { kind: 'rowsLate'; ms: number }
  /** Only about `window` rows are in the document, those around the scroll position. */
  | { kind: 'virtualRows'; window: number }
  /** Between two batches `by` newer rentals arrive (the next batch repeats rows), or, negative, rows are skipped. */
  | { kind: 'listShifts'; by: number }
  /** A full last batch still says `50+`; the next one is empty and ends the list. */
  | { kind: 'emptyLastBatch' }
  | { kind: 'batchNeverArrives' }
  | { kind: 'batchLate'; ms: number };

export type Fault = NetworkFault | SignInFault | ListFault;
export type FaultKind = Fault['kind'];

/** A misbehaviour: the fault, whom it hits (default everybody) and how often (default always). */
export type Misbehaviour = Fault & {
  user?: string;
  times?: number;
  /** So many occasions pass unharmed first; default 0. */
  after?: number;
};

/** What was counted since the start or the last reset. Times are epoch milliseconds. */
export interface Counters {
  goodLogins: number;
  badLogins: number;
  /** Visits of the list that got their first rows. */
  listLoads: number;
  /** Answered requests for rows, the first of each list included. */
  batches: number;
  /** Sessions that are still good. */
  sessionsNow: number;
  sessionsMax: number;
  /** Signed-in browser tabs. */
  pagesNow: number;
  pagesMax: number;
  /** Requests by step, those that a fault spoilt included. */
  steps: Partial<Record<Step, number>>;
  /** How often each fault struck. */
  faults: Partial<Record<FaultKind, number>>;
  lastRequestAt: number | null;
  lastLoginAt: number | null;
  lastListAt: number | null;
}

/** The counters that are plain numbers: what can be waited for over HTTP. */
export type NumericCounter =
  'goodLogins' | 'badLogins' | 'listLoads' | 'batches' | 'sessionsNow' | 'sessionsMax' | 'pagesNow' | 'pagesMax';
