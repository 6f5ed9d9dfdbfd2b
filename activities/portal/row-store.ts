import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { looksUnfinished, parseRow } from './parser.ts';
import type { ListObservation, RawRow } from './page-observations.ts';

/** The rows of one reading, each once, in the order in which they were first seen. */
export class RowStore {
  readonly #portalUrl: string;
  readonly #rows = new Map<string, StagedRental>();
  #nextOrdinal = 0;

  constructor(portalUrl: string) {
    this.#portalUrl = portalUrl;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Takes new and changed rows; returns those of them that have a record id. */
  take({ rows, reset }: Pick<ListObservation, 'rows' | 'reset'>): StagedRental[] {
    if (reset) this.clear();
    return rows.map((row) => this.#put(row)).filter((rental) => rental.recordId !== null);
  }

  clear(): void {
    this.#rows.clear();
    this.#nextOrdinal = 0;
  }

  /** All rows; those without a record id come last, with ordinals of their own. */
  all(): StagedRental[] {
    const rentals = [...this.#rows.values()];
    const anonymous = rentals.filter(({ recordId }) => recordId === null);
    const identified = rentals.filter(({ recordId }) => recordId !== null);
    return [...identified, ...anonymous.map((rental, index) => ({ ...rental, ordinal: this.#nextOrdinal + index }))];
  }

  /** Every row has a record id. */
  allIdentified(): boolean {
    return [...this.#rows.values()].every(({ recordId }) => recordId !== null);
  }

  /** Some row may still be in the middle of being drawn. */
  looksUnfinished(): boolean {
    return [...this.#rows.values()].some(looksUnfinished);
  }

  #put(row: RawRow): StagedRental {
    if (row.replaces !== null) this.#rows.delete(row.replaces);
    const ordinal = this.#rows.get(row.key)?.ordinal ?? (row.recordId === null ? -1 : this.#nextOrdinal++);
    const rental = parseRow(row, ordinal, this.#portalUrl);
    this.#rows.set(row.key, rental);
    return rental;
  }
}
