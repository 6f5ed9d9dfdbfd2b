import { columns as allColumns, type Column } from './defaults.ts';
import { makeRentals } from './rental-seed.ts';
import type { ColumnKey, ListFault, Rental } from './types.ts';

type Of<K extends ListFault['kind']> = Extract<ListFault, { kind: K }>;

/** One row as the page's script gets it: the texts by column. */
export interface ListRow {
  recordId: string | null;
  href: string;
  cells: Partial<Record<ColumnKey, string>>;
}

/** What one request for rows answers. */
export interface ListAnswer {
  view: string;
  columns: Column[];
  rows: ListRow[];
  hasMore: boolean;
  status: string | null;
  table: boolean;
  chunk: { size: number; ms: number } | null;
  /** The table is drawn at once, all else so many milliseconds later. */
  lateMs: number;
  virtualWindow: number | null;
}

/** One visit of the list: it keeps the faults that struck at its start for all of its batches. */
export class ListView {
  readonly id: string;
  #faults: readonly ListFault[];
  #batchSize: number;

  constructor(settings: { id: string; faults: readonly ListFault[]; batchSize: number }) {
    this.id = settings.id;
    this.#faults = settings.faults;
    this.#batchSize = settings.batchSize;
  }

  /** The milliseconds that a later batch is late by; null where it never comes. */
  get batchDelay(): number | null {
    return this.#fault('batchNeverArrives') ? null : (this.#fault('batchLate')?.ms ?? 0);
  }

  /** The rows from `offset` on, out of what the user has at this moment. */
  answer(rentals: Rental[], offset: number): ListAnswer {
    const list = this.#listed(rentals, offset);
    const batch = list.slice(offset, offset + this.#batchSize);
    const hasMore = this.#hasMore(list.length, offset, batch.length);
    const chunked = this.#fault('chunkedRows');
    return {
      view: this.id,
      columns: this.#columns(),
      rows: batch.map((rental, index) => this.#row(rental, offset + index)),
      hasMore,
      status: this.#status(list.length, offset + batch.length, hasMore),
      table: !this.#fault('tableGone'),
      chunk: chunked ? { size: chunked.size, ms: chunked.ms } : null,
      lateMs: offset === 0 ? (this.#fault('rowsLate')?.ms ?? 0) : 0,
      virtualWindow: this.#fault('virtualRows')?.window ?? null,
    };
  }

  #listed(rentals: Rental[], offset: number): Rental[] {
    if (this.#fault('emptyList')) return [];
    const partial = this.#fault('partialList');
    const list = partial ? rentals.slice(0, partial.keep ?? Math.floor(rentals.length / 3)) : rentals;
    const by = offset > 0 ? (this.#fault('listShifts')?.by ?? 0) : 0;
    return by > 0 ? [...makeRentals(by, `${this.id}|shift`), ...list] : list.slice(-by);
  }

  #hasMore(total: number, offset: number, length: number): boolean {
    const full = length === this.#batchSize && offset + length === total;
    return offset + length < total || (full && this.#fault('emptyLastBatch') !== undefined);
  }

  #status(total: number, shown: number, hasMore: boolean): string | null {
    if (this.#fault('statusMissing')) return null;
    const tail = ' • Sorted by Rental Start Date/Time • Filtered by All rentals - Status, My Rental';
    if (this.#fault('statusStuck')) return `${Math.min(shown, this.#batchSize)}+ items${tail}`;
    if (hasMore) return `${shown}+ items${tail}`;
    const lie = this.#fault('statusLies');
    const said = lie ? (lie.total ?? total + (lie.by ?? 3)) : total;
    return `${said} ${said === 1 ? 'item' : 'items'}${tail}`;
  }

  #columns(): Column[] {
    return this.#faults.reduce<Column[]>(
      changeColumns,
      allColumns.map((column) => ({ ...column })),
    );
  }

  #row(rental: Rental, index: number): ListRow {
    const noId = this.#faultOfRow('missingRecordId', index);
    const badDate = this.#faultOfRow('unreadableDate', index);
    const badPrice = this.#faultOfRow('unreadablePrice', index);
    const { recordId, ...texts } = rental;
    const cells: ListRow['cells'] = { ...texts, ...this.#extraCells() };
    if (badDate) cells[badDate.column ?? 'start'] = badDate.text ?? 'To be announced';
    if (badPrice) cells.price = badPrice.text ?? 'on request';
    if (this.#fault('narrowSpace')) {
      cells.start = cells.start?.replace(/ (?=[AP]M$)/, '\u202f');
      cells.end = cells.end?.replace(/ (?=[AP]M$)/, '\u202f');
    }
    return { recordId: noId ? (noId.recordId ?? null) : recordId, href: recordPath(rental), cells };
  }

  #extraCells(): ListRow['cells'] {
    const added = this.#faults.filter((fault) => fault.kind === 'columnAdded');
    return Object.fromEntries(added.map((fault) => [`extra-${fault.label}`, fault.text ?? '—']));
  }

  #fault<K extends ListFault['kind']>(kind: K): Of<K> | undefined {
    return this.#faults.find((fault): fault is Of<K> => fault.kind === kind);
  }

  #faultOfRow<K extends 'missingRecordId' | 'unreadableDate' | 'unreadablePrice'>(kind: K, row: number) {
    return this.#faults.find((fault): fault is Of<K> => fault.kind === kind && 'row' in fault && fault.row === row);
  }
}

/** The address of a rental's own page. */
export function recordPath({ recordId, name }: Pick<Rental, 'recordId' | 'name'>): string {
  const slug = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '') || 'detail';
  return `/s/booking-item/${recordId}/${encodeURIComponent(slug)}`;
}

function changeColumns(columns: Column[], fault: ListFault): Column[] {
  switch (fault.kind) {
    case 'columnRenamed':
      return columns.map((column) => (column.key === fault.column ? { ...column, label: fault.label } : column));
    case 'columnGone':
      return columns.filter((column) => column.key !== fault.column);
    case 'columnAdded':
      return columns.toSpliced(fault.at, 0, { key: `extra-${fault.label}`, label: fault.label });
    case 'columnMoved': {
      const moved = columns.filter((column) => column.key === fault.column);
      return columns.filter((column) => column.key !== fault.column).toSpliced(fault.to, 0, ...moved);
    }
    case 'headerVariant':
      return columns.map((column) => ({ ...column, label: varied(column.label, fault.style) }));
    default:
      return columns;
  }
}

function varied(label: string, style: Of<'headerVariant'>['style']): string {
  switch (style) {
    case 'upper':
      return label.toUpperCase();
    case 'lower':
      return label.toLowerCase();
    case 'spaces':
      return `  ${label.replaceAll(' ', '   ')} `;
    case 'nbsp':
      return label.replaceAll(' ', '\u00a0');
    case 'newline':
      return `\n  ${label.replaceAll(' ', '\n')}\n`;
  }
}
