/** Tables as CSV (RFC 4180) for spreadsheets. Pure. */
import { printable } from '#domain/plain-text.ts';

/** A column's value as it is written. Words from outside go through `harmless`. */
export type CsvColumns<Row> = Record<string, (row: Row) => string>;

/** Spreadsheets take a file without it for one in their own old encoding. */
const byteOrderMark = '\uFEFF';

/** The first line has the names of the columns. */
export function csvOf<Row>(columns: CsvColumns<Row>, rows: Row[]): string {
  const values = rows.map((row) => Object.values(columns).map((valueOf) => valueOf(row)));
  return byteOrderMark + [Object.keys(columns), ...values].map(line).join('');
}

function line(values: string[]): string {
  return `${values.map(quoted).join(',')}\r\n`;
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** A text that a spreadsheet would run as a formula is kept from that by an apostrophe. */
export function harmless(words: string): string {
  const text = printable(words);
  return /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text;
}

/** `1234.50`; nothing where the amount is not known. */
export function amount(cents: number | null): string {
  return cents === null ? '' : (cents / 100).toFixed(2);
}
