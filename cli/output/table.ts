/** Rows under headers, no wider than the terminal. */
import { columnsOf, cut, padded, plain, toned } from './text.ts';
import type { Tone } from './text.ts';

export interface Column<Row> {
  header: string;
  text(row: Row): string;
  tone?(row: Row): Tone | null;
  align?: 'right';
  /** May be cut, down to so many columns, where the terminal is narrow. Left out: never. */
  least?: number;
}

export interface Style {
  /** Infinity where nobody looks: nothing is cut then. */
  width: number;
  colors: boolean;
  unicode: boolean;
}

const gap = '  ';

/** One line a row, without an end of line at the end of the last one. */
export function table<Row>(rows: Row[], columns: Column<Row>[], { width, colors, unicode }: Style): string {
  const texts = rows.map((row) => columns.map(({ text }) => plain(text(row))));
  const wanted = columns.map(({ header }, index) =>
    Math.max(columnsOf(header), ...texts.map((line) => columnsOf(line[index]!))),
  );
  const widths = fitted(
    wanted,
    columns.map(({ least }, index) => Math.min(least ?? Infinity, wanted[index]!)),
    width,
  );
  const line = (cells: string[], tones: (Tone | null)[]) =>
    cells
      .map((text, index) => {
        const { align } = columns[index]!;
        const shown = padded(cut(text, widths[index]!, unicode ? '…' : '.'), widths[index]!, align);
        return toned(index === cells.length - 1 ? shown.trimEnd() : shown, tones[index]!, colors);
      })
      .join(gap)
      .trimEnd();
  const headers = columns.map(({ header }) => header);
  return [
    line(
      headers,
      headers.map(() => 'soft'),
    ),
    ...texts.map((cells, index) =>
      line(
        cells,
        columns.map(({ tone }) => tone?.(rows[index]!) ?? null),
      ),
    ),
  ].join('\n');
}

/** Takes from the widest of those that may be cut, a column at a time. */
function fitted(wanted: number[], least: number[], width: number): number[] {
  const widths = [...wanted];
  const total = () => widths.reduce((sum, one) => sum + one, gap.length * (widths.length - 1));
  while (total() > width) {
    const room = widths.map((one, index) => (one > least[index]! ? one : 0));
    const widest = Math.max(...room);
    if (widest === 0) break;
    widths[room.indexOf(widest)]! -= 1;
  }
  return widths;
}
