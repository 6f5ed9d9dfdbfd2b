import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { PortalError } from '#activities/failures.ts';
import { dateReadingOf, type WrittenTimes } from '#domain/rental-list/dates.ts';
import { rentalLabels, timeLabels, type ListReading } from '#domain/rental-list/fields.ts';
import { viewerOf, type Told } from '#domain/rental-list/viewer.ts';
import { takeApart } from '#domain/rental-list/written-time.ts';
import { textUnder } from './columns.ts';
import type { ListObservation, RawRow } from './page-observations.ts';
import { parseRow } from './parser.ts';

interface Entry {
  row: RawRow;
  ordinal: number;
  written: WrittenTimes;
  rental: StagedRental;
}

const ambiguous =
  'the dates may begin with the month or with the day, and Gibney does not say which; ' +
  'choose the locale English (United States) in the settings of your Gibney account';

/**
 * The rows of one reading, each once, in the order in which they were first seen. How their dates are written may show only
 * in a later row, so all are read again whenever that changes.
 */
export class RowStore {
  readonly #portalUrl: string;
  readonly #entries = new Map<string, Entry>();
  #nextOrdinal = 0;
  #reading: ListReading = { viewer: viewerOf({}), dates: null };
  #isTold = true;

  constructor(portalUrl: string) {
    this.#portalUrl = portalUrl;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What the page says about how it writes dates and amounts; null where it did not answer. */
  tell(told: Told | null): void {
    this.#isTold = told !== null;
    if (told === null) return;
    this.#reading = { viewer: viewerOf(told), dates: null };
    for (const entry of this.#entries.values()) entry.written = this.#written(entry.row);
    this.#settle();
  }

  /** Takes new and changed rows; returns those of them that have a record id. */
  take({ rows, reset }: Pick<ListObservation, 'rows' | 'reset'>): StagedRental[] {
    if (reset) this.clear();
    const entries = rows.map((row) => this.#put(row));
    this.#settle();
    return entries.map(({ rental }) => rental).filter((rental) => rental.recordId !== null);
  }

  clear(): void {
    this.#entries.clear();
    this.#nextOrdinal = 0;
  }

  /**
   * All rows; those without a record id come last, with ordinals of their own. Throws {@link PortalError} where none of
   * them could be stored.
   */
  all(): StagedRental[] {
    const rentals = this.#rentals();
    const { viewer, dates } = this.#reading;
    // Without an answer its times may be those of any zone.
    if (rentals.length > 0 && !this.#isTold)
      throw new PortalError('portal_unavailable', 'the page did not answer in time how it writes its times');
    if (rentals.length > 0 && viewer.timeZone === null)
      throw new PortalError('portal_changed', 'the page tells a time zone that does not exist');
    if (rentals.length > 0 && dates === null) throw new PortalError('portal_changed', ambiguous);
    if (rentals.length > 0 && !rentals.some(({ recordId, startsAt }) => recordId !== null && startsAt !== null))
      throw new PortalError('portal_changed', `no rental of the list can be read: ${rentals[0]!.problem}`);
    const anonymous = rentals.filter(({ recordId }) => recordId === null);
    const identified = rentals.filter(({ recordId }) => recordId !== null);
    return [...identified, ...anonymous.map((rental, index) => ({ ...rental, ordinal: this.#nextOrdinal + index }))];
  }

  /** Every row has a record id. */
  allIdentified(): boolean {
    return this.#rentals().every(({ recordId }) => recordId !== null);
  }

  /** The rows come newest start first, and the last of them started before `moment`. */
  hasPassed(moment: Date): boolean {
    const rows = this.#rentals().sort((one, other) => one.ordinal - other.ordinal);
    const starts = rows.map(({ startsAt }) => startsAt?.getTime() ?? Number.NaN);
    const isSorted = starts.every((start, index) => index === 0 || start <= starts[index - 1]!);
    return isSorted && starts.length > 1 && starts.at(-1)! < moment.getTime();
  }

  /** Some row may still be half drawn: what every rental has is not there yet. */
  looksUnfinished(): boolean {
    return this.#rentals().some(
      ({ problem, raw }) => problem !== null || rentalLabels.map(textUnder(raw)).some((text) => text === ''),
    );
  }

  #rentals(): StagedRental[] {
    return Array.from(this.#entries.values(), ({ rental }) => rental);
  }

  #put(row: RawRow): Entry {
    if (row.replaces !== null) this.#entries.delete(row.replaces);
    const ordinal = this.#entries.get(row.key)?.ordinal ?? (row.recordId === null ? -1 : this.#nextOrdinal++);
    const rental = parseRow(row, ordinal, this.#portalUrl, this.#reading);
    const entry = { row, ordinal, rental, written: this.#written(row) };
    this.#entries.set(row.key, entry);
    return entry;
  }

  #written({ cells }: RawRow): WrittenTimes {
    const [start, end] = timeLabels.map(textUnder(cells)).map((text) => takeApart(text, this.#reading.viewer));
    return { start: start ?? null, end: end ?? null };
  }

  #settle(): void {
    const entries = [...this.#entries.values()];
    const { viewer, dates } = this.#reading;
    const fresh = dateReadingOf(
      entries.map(({ written }) => written),
      viewer,
    );
    if (fresh?.order === dates?.order && fresh?.halves === dates?.halves) return;
    this.#reading = { viewer, dates: fresh };
    for (const entry of entries) entry.rental = parseRow(entry.row, entry.ordinal, this.#portalUrl, this.#reading);
  }
}
