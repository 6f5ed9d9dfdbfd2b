/** The columns that a rental is read from, by the meaning that we give them and the label that the portal does. */
export const columnLabels = {
  name: 'Rental Name',
  start: 'Rental Start Date/Time',
  end: 'Rental End Date/Time',
  studio: 'Studio',
  price: 'Price',
  status: 'Status',
  location: 'Location',
} as const;

export type Column = keyof typeof columnLabels;

export const columns = Object.keys(columnLabels) as Column[];

/** The accessible name of the list's table. */
export const listName = 'My Rentals';

/**
 * A label without what may differ between two writings of the same one: letter case, white space, invisible
 * characters. Runs in the page, too, so it uses nothing outside of itself.
 */
export function foldLabel(label: string): string {
  return label
    .normalize('NFKC')
    .replace(/[\s\u00ad\u200b-\u200f\u2060\ufeff]+/g, '')
    .toLowerCase();
}

/** The columns that a table with these labels lacks, or has twice so that it cannot be told which is meant. */
export function unusableColumns(labels: string[]): Column[] {
  const folded = labels.map(foldLabel);
  return columns.filter((column) => folded.filter((label) => label === foldLabel(columnLabels[column])).length !== 1);
}

/** A row's cells by our names for the columns. A column that is not there reads as blank. */
export function byColumn(cells: Record<string, string>): Record<Column, string> {
  const folded = new Map(Object.entries(cells).map(([label, text]) => [foldLabel(label), text]));
  const entries = columns.map((column) => [column, folded.get(foldLabel(columnLabels[column])) ?? '']);
  return Object.fromEntries(entries) as Record<Column, string>;
}
