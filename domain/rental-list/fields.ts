/**
 * What is kept of a rental: one line for each thing that the list shows. Reading, staging, storing and noticing changes
 * all go by this table.
 */
import { rentalTimes } from '#domain/rental-times.ts';
import type { ChangeKind } from '#domain/shapes/bookings.ts';
import { snakeCase } from '#domain/shapes/case.ts';
import { clockOf, type DateReading } from './dates.ts';
import { centsOf } from './prices.ts';
import type { Viewer } from './viewer.ts';
import { takeApart } from './written-time.ts';

/** How the texts of a list are to be read. */
export interface ListReading {
  viewer: Viewer;
  /** Null where the order of the dates cannot be told. */
  dates: DateReading | null;
}

interface Field<Values> {
  /** The headers of its columns on the page. */
  labels: string[];
  /** The names of its values in `staged_rentals` and `bookings`, with what a new booking gets where they cannot be read. */
  blank: Values;
  /** What a change of it is called. */
  change: ChangeKind;
  /** A missing value is a value, too: it does not count as unreadable. */
  optional?: true;
  /** The values; a sentence's middle where they cannot be read. */
  read(texts: string[], reading: ListReading): Values | string;
}

const field = <Values extends Record<string, string | number | Date | null>>(one: Field<Values>) => one;

/** The header of the column that holds the link to the record. */
export const nameLabel = 'Rental Name';
/** The headers of the start and the end. */
export const timeLabels = ['Rental Start Date/Time', 'Rental End Date/Time'];

export const rentalFields = [
  field({
    labels: [nameLabel],
    blank: { name: '' },
    change: 'renamed',
    read: ([name = '']) => (name === '' ? 'the row has no name' : { name }),
  }),
  field({
    labels: timeLabels,
    blank: { startsAt: null as Date | null, endsAt: null as Date | null },
    change: 'moved',
    read(texts, { viewer, dates }) {
      if (viewer.timeZone === null || dates === null) return 'the times cannot be told';
      const written = texts.map((text) => takeApart(text, viewer));
      const [start, end] = written.map((time) => time && clockOf(time, dates, viewer));
      const { problem, ...times } = rentalTimes(start ?? null, end ?? null, viewer.timeZone);
      return problem ?? times;
    },
  }),
  field({
    labels: ['Studio'],
    blank: { studio: '' },
    change: 'studio',
    read: ([studio = '']) => ({ studio }),
  }),
  field({
    labels: ['Location'],
    blank: { location: '' },
    change: 'location',
    read: ([location = '']) => ({ location }),
  }),
  field({
    labels: ['Price'],
    blank: { priceCents: null as number | null },
    change: 'price',
    optional: true,
    read([text = ''], { viewer }) {
      const priceCents = centsOf(text, viewer);
      return priceCents === undefined ? 'the price cannot be read' : { priceCents };
    },
  }),
  field({
    labels: ['Status'],
    blank: { status: '' },
    change: 'status',
    read: ([status = '']) => (status === '' ? 'the row has no status' : { status }),
  }),
];

type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (one: infer All) => void
  ? All
  : never;

/** All values of a rental that come from the list's columns. */
export type RentalValues = Intersection<(typeof rentalFields)[number]['blank']>;

export const blankRental = Object.assign({}, ...rentalFields.map(({ blank }) => blank)) as RentalValues;

export const rentalLabels = rentalFields.flatMap(({ labels }) => labels);

/** The names of a field's values in the database. */
export function columnsOf({ blank }: Pick<Field<object>, 'blank'>): string[] {
  return Object.keys(blank).map(snakeCase);
}
