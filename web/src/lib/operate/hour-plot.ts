/** Figures of 24 hours as bars, oldest on the left. */

/** How a series is drawn, so that it is told from the others by more than its color. */
export type Mark = 'full' | 'open' | 'crossed';

export interface Series {
  name: string;
  mark: Mark;
  /** One for each hour; null where there was nothing to measure. */
  values: (number | null)[];
}

export interface Bar {
  mark: Mark;
  /** Both 0 to 1, from the floor up. */
  from: number;
  to: number;
}

export interface HourPlot {
  columns: Bar[][];
  /** The value at the top, a round one. */
  top: number;
  /** The highest value of an hour, all series together where they are stacked. */
  most: number;
}

/** `stacked`: the series are parts of one whole. Otherwise each stands on the floor, the first one in front. */
export function hourPlotOf(series: Series[], { stacked }: { stacked: boolean }): HourPlot {
  const hours = series[0]?.values.length ?? 0;
  const valuesAt = (hour: number) => series.map(({ values }) => values[hour] ?? 0);
  const heightAt = (hour: number) => (stacked ? sumOf(valuesAt(hour)) : Math.max(0, ...valuesAt(hour)));
  const most = Math.max(0, ...Array.from({ length: hours }, (_, hour) => heightAt(hour)));
  const top = roundAbove(most);
  const columns = Array.from({ length: hours }, (_, hour) => {
    const values = valuesAt(hour);
    const bars = series.map(({ mark }, index) => {
      const from = stacked ? sumOf(values.slice(0, index)) : 0;
      return { mark, from: from / top, to: (from + values[index]!) / top };
    });
    return (stacked ? bars : bars.toReversed()).filter(({ from, to }) => to > from);
  });
  return { columns, top, most };
}

const sumOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0);

/** 1, 2 or 5 times a power of ten. */
function roundAbove(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value)!;
}
