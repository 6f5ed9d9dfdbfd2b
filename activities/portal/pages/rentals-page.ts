import { rentalLabels } from '#domain/rental-list/fields.ts';
import { unusableColumns } from '../columns.ts';
import { PortalError } from '#activities/failures.ts';
import type { PageEvent, PageEvents } from '../page-events.ts';
import type { PortalTimeouts } from '../portal-timeouts.ts';
import type { RowStore } from '../row-store.ts';
import type { ListObservation } from '../page-observations.ts';
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { throwIfVisitEnds, statusError } from './portal-errors.ts';

/** How the reading of the list ended. */
export type ListEnd =
  /** All rows that the status line speaks of were read. */
  | { kind: 'complete' }
  /** Rows were read, but not all, or not all can be told apart. */
  | { kind: 'incomplete'; reason: string }
  /** The session ended in the middle: the sign-in form is there. */
  | { kind: 'signed_out' };

export interface RowListener {
  /** New or changed rows with record ids, and how far the reading is. */
  onRows(rows: StagedRental[], counts: { done: number; total: number | null }): void;
  /** All rows so far are void: the reading begins again. */
  onRestart(): void;
}

/** The list of rentals, from its first observation to its last row. The page scrolls by itself. */
export class RentalsPage {
  readonly #events: PageEvents;
  readonly #timeouts: PortalTimeouts;
  readonly #rows: RowStore;
  readonly #listener: RowListener;
  readonly #from: Date | null;
  #list: ListObservation | null = null;
  #failure: PortalError | null = null;

  constructor(
    events: PageEvents,
    timeouts: PortalTimeouts,
    rows: RowStore,
    listener: RowListener,
    from: Date | null = null,
  ) {
    this.#events = events;
    this.#timeouts = timeouts;
    this.#rows = rows;
    this.#listener = listener;
    this.#from = from;
  }

  /** Reads on from the observation that showed the list, to the list's end. Throws {@link PortalError}. */
  async readAll(first: ListObservation): Promise<ListEnd> {
    this.#take(first);
    const emptyUntil = Date.now() + 4 * this.#timeouts.settleMs;
    let deadline = Date.now() + this.#waitMs();
    while (!this.#isSettled()) {
      const event = await this.#events.next(deadline - Date.now());
      if (event === null && (Date.now() >= emptyUntil || !this.#mayFill())) return this.#end();
      const end = event && this.#consider(event);
      if (end) return end;
      if (event === null || event.kind === 'list') deadline = Date.now() + this.#waitMs();
    }
    return this.#end();
  }

  #consider(event: PageEvent): ListEnd | null {
    throwIfVisitEnds(event);
    if (event.kind === 'list') this.#take(event);
    if (event.kind === 'answered') this.#failure = statusError(event.status, event.retryAfterMs) ?? this.#failure;
    if (event.kind === 'page_state' && event.unavailable)
      throw new PortalError('portal_unavailable', 'the portal shows that its page has failed');
    if (event.kind === 'page_state' && event.form) return { kind: 'signed_out' };
    return null;
  }

  #take(observation: ListObservation): void {
    this.#list = observation;
    if (observation.reset) this.#listener.onRestart();
    const fresh = this.#rows.take(observation);
    if (observation.rows.length === 0) return;
    const { status } = observation;
    const total = status && !status.more ? status.count : null;
    this.#listener.onRows(fresh, { done: this.#rows.size, total });
  }

  /** Nothing can be gained by waiting. */
  #isSettled(): boolean {
    const isThere = this.#agrees() || this.#hasPassed();
    return isThere && this.#rows.size > 0 && this.#columnsUsable() && !this.#rows.looksUnfinished();
  }

  /** The list is newest first, and the next rows started before anything that is wanted. */
  #hasPassed(): boolean {
    return this.#from !== null && this.#rows.hasPassed(this.#from);
  }

  /** The status line speaks of exactly the rows that were read. */
  #agrees(): boolean {
    const status = this.#list?.status;
    return status !== null && status !== undefined && !status.more && status.count === this.#rows.size;
  }

  #columnsUsable(): boolean {
    const list = this.#list;
    return list?.columns !== null && !list?.ambiguous && unusableColumns(list?.columns ?? []).length === 0;
  }

  /** An empty list whose data may be on its way. */
  #mayFill(): boolean {
    return this.#rows.size === 0 && this.#agrees() && this.#events.dataPending();
  }

  /** How long to wait for the next news. */
  #waitMs(): number {
    const { settleMs, quietMs, contentMs } = this.#timeouts;
    if (this.#agrees()) return settleMs;
    if (this.#rows.size > 0) return quietMs;
    if (this.#list?.columns && !this.#columnsUsable()) return settleMs * 2;
    return this.#list?.status ? quietMs : contentMs;
  }

  #end(): ListEnd {
    const { status, columns, ambiguous, recent } = this.#list!;
    if (this.#rows.size === 0) return this.#endWithoutRows();
    if (columns) assertUsable(columns, ambiguous);
    if (recent) return { kind: 'incomplete', reason: recentOnly };
    if (!this.#agrees() && !this.#hasPassed()) return { kind: 'incomplete', reason: reasonOf(this.#rows.size, status) };
    if (!this.#rows.allIdentified()) return { kind: 'incomplete', reason: 'a row has no readable record id' };
    return { kind: 'complete' };
  }

  #endWithoutRows(): ListEnd {
    const { status, columns, ambiguous } = this.#list!;
    if (columns) assertUsable(columns, ambiguous);
    if (this.#agrees()) return { kind: 'complete' };
    if (this.#failure) throw this.#failure;
    if (status && columns === null) throw new PortalError('portal_changed', 'there is no table of rentals');
    throw new PortalError('portal_unavailable', `the list stayed empty, and ${spoken(status)}`);
  }
}

function assertUsable(labels: string[], ambiguous: boolean): void {
  if (ambiguous) throw new PortalError('portal_changed', 'several tables could be the list of rentals');
  const missing = unusableColumns(labels).map((label) => `"${label}"`);
  if (missing.length === rentalLabels.length)
    throw new PortalError('portal_changed', `no column of the list is known; ${chooseEnglish}`);
  if (missing.length > 0) {
    throw new PortalError('portal_changed', `the list of rentals has no usable column ${missing.join(', ')}`);
  }
}

const recentOnly =
  'Gibney lists only the rentals that were viewed recently; open My Rentals on the Gibney site and pin the list of all of them';

const chooseEnglish = 'choose English as the language in the settings of your Gibney account';

/** As many as Salesforce shows of any list. */
const mostRows = 2_000;

/** Why it is not known whether these are all, and what may help where that does not pass by itself. */
function reasonOf(rows: number, status: ListObservation['status']): string {
  const known = `${rows} rows read, and ${spoken(status)}`;
  if (!status) return `${known}; where this stays so, ${chooseEnglish}`;
  if (rows < mostRows || !status.more) return known;
  return `${known}: a list of so many never shows its end; what is gone from it stays here until the list on the Gibney site is shorter`;
}

function spoken(status: ListObservation['status']): string {
  return status
    ? `the status line speaks of ${status.count}${status.more ? ' and more' : ''}`
    : 'there is no status line';
}
