import type { ColumnKey, Delays } from './types.ts';

/** Short enough for tests, long enough that the order of things shows. */
export const testDelays: Delays = {
  loginScriptMs: 60,
  signInMs: 60,
  shellMs: 20,
  gridMs: 60,
  batchMs: 50,
  assetMs: 400,
};

/** What a visit of the real site feels like: used by the demo and the bench. */
export const realisticDelays: Delays = {
  loginScriptMs: 450,
  signInMs: 600,
  shellMs: 200,
  gridMs: 500,
  batchMs: 400,
  assetMs: 1_500,
};

export interface Column {
  key: ColumnKey;
  label: string;
}

/** The columns of the list, in the page's order. */
export const columns: readonly Column[] = [
  { key: 'number', label: 'Item Number' },
  { key: 'name', label: 'Rental Name' },
  { key: 'start', label: 'Rental Start Date/Time' },
  { key: 'end', label: 'Rental End Date/Time' },
  { key: 'studio', label: 'Studio' },
  { key: 'price', label: 'Price' },
  { key: 'status', label: 'Status' },
  { key: 'location', label: 'Location' },
  { key: 'action', label: 'Action' },
];

export const locations = ['280 Broadway (Lower Manhattan)', '890 Broadway (Union Square)'] as const;

export const listId = '00BRt00000BhkQSMAZ';
export const batchSize = 50;
export const lockAfter = 5;
export const sessionTtlMs = 2 * 60 * 60 * 1_000;
