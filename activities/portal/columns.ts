import { rentalLabels } from '#domain/rental-list/fields.ts';

/** The accessible name of the list's table. */
export const listName = 'My Rentals';

/**
 * A label without what may differ between two ways of writing it: letter case, white space, invisible
 * characters. Runs in the page, too, so it uses nothing outside of itself.
 */
export function foldLabel(label: string): string {
  return label
    .normalize('NFKC')
    .replace(/[\s\u00ad\u200b-\u200f\u2060\ufeff]+/g, '')
    .toLowerCase();
}

/** The columns that a table with these labels lacks, or has twice so that it cannot be told which is meant. */
export function unusableColumns(labels: string[]): string[] {
  const folded = labels.map(foldLabel);
  return rentalLabels.filter((ours) => folded.filter((label) => label === foldLabel(ours)).length !== 1);
}

/** The text of a row's cell by our label. A missing column reads as blank. */
export function textUnder(cells: Record<string, string>): (label: string) => string {
  const folded = new Map(Object.entries(cells).map(([label, text]) => [foldLabel(label), text]));
  return (label) => folded.get(foldLabel(label)) ?? '';
}
