/** What the script in the page reports: facts as they stand; decisions are made outside of the page. */

/** A row of the list as the page shows it. */
export interface RawRow {
  /** The record id, or a name of its own for a row that shows none. */
  key: string;
  /** The key under which the same row was reported before its record id could be read. */
  replaces: string | null;
  /** Null where there is no id of 18 letters and digits. */
  recordId: string | null;
  name: string;
  href: string;
  /** The cells' texts by column label; empty where header and cells do not correspond. */
  cells: Record<string, string>;
}

export interface StatusLine {
  count: number;
  /** More rows can be had: `50+ items`. */
  more: boolean;
}

/** The list as far as it is in the page. `rows` holds those that are new or changed since the last report. */
export interface ListObservation {
  kind: 'list';
  /** The labels of the list's table; null while there is no such table. */
  columns: string[] | null;
  /** Several tables could be the list. */
  ambiguous: boolean;
  /** A list of another name has the columns of ours. */
  otherList: boolean;
  /** The list holds what was viewed last, not everything. */
  recent: boolean;
  status: StatusLine | null;
  /** Forget the rows reported so far: they were another table's. */
  reset: boolean;
  rows: RawRow[];
}

export type Demand = 'password' | 'terms' | 'other';

/** What kind of page it is, and what it says besides the list. */
export interface PageStateObservation {
  kind: 'page_state';
  /** The path of the page's address. */
  path: string;
  /** The sign-in form is there, ready to be filled in. */
  form: boolean;
  /** Text that appeared since the form was sent. */
  message: string | null;
  verification: boolean;
  invalidPage: boolean;
  /** The page calls itself unavailable, or shows that its framework failed. */
  unavailable: boolean;
  /** What the page's heading wants before anything else: a new password, consent, … */
  demand: Demand | null;
  /** The address behind the link to the list, as written; empty where the link has no real one. */
  listLink: string | null;
}

/** The script in the page broke: a fault of ours. */
export interface ScriptFailure {
  kind: 'script_failure';
  message: string;
}

export type PageObservation = ListObservation | PageStateObservation | ScriptFailure;
