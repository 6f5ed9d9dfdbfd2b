/** What the bench measures, and how figures are compared. */

export interface Floor {
  /** What it is, in a few words. */
  name: string;
  values: number[];
}

/** One figure: a value for each round, and the floor's values of the same rounds. */
export interface Figure {
  /** The same in all reports. */
  id: string;
  part: string;
  title: string;
  unit: 'requests/s' | 'ms' | 'MB' | 's' | 'per s' | 'kB';
  better: 'higher' | 'lower';
  ours: number[];
  floor?: Floor;
  /** What is to be reached: of the ratio to the floor, or of the figure itself. */
  goal?: { ratio: number } | { value: number };
}

export interface Table {
  part: string;
  title: string;
  columns: string[];
  rows: string[][];
}

export interface Span {
  label: string;
  /** Milliseconds from the click. */
  from: number;
  to: number;
  /** Of the same colour in the plot. */
  kind: string;
}

export interface Waterfall {
  part: string;
  title: string;
  spans: Span[];
}

export interface PartResult {
  figures: Figure[];
  tables?: Table[];
  waterfalls?: Waterfall[];
}

export interface Summary {
  ours: number;
  spread: [number, number];
  floor: number | null;
  /** Ours by the floor. */
  ratio: number | null;
  ratioSpread: [number, number] | null;
  reached: boolean | null;
}

/** The value below which this share of the values lies. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) throw new Error('there are no values to take a percentile of');
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export const median = (values: ArrayLike<number>): number => percentile(values, 0.5);
const spreadOf = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];

/** A round's floor and ours are measured one after the other, so the ratios of the rounds are what varies least. */
export function summaryOf({ ours, floor, better, goal }: Figure): Summary {
  const ratios = floor && ratiosOf(ours, floor.values);
  const ratio = floor ? median(ours) / median(floor.values) : null;
  const found = goal && 'value' in goal ? median(ours) : ratio;
  const wanted = goal && ('ratio' in goal ? goal.ratio : goal.value);
  const good = (value: number, limit: number) => (better === 'higher' ? value >= limit : value <= limit);
  const reached = found === null || wanted === undefined ? null : good(found, wanted);
  return {
    ours: median(ours),
    spread: spreadOf(ours),
    floor: floor ? median(floor.values) : null,
    ratio,
    ratioSpread: ratios ? spreadOf(ratios) : null,
    reached,
  };
}

export function ratiosOf(ours: number[], floor: number[]): number[] {
  return ours.map((value, round) => value / floor[round]!);
}
