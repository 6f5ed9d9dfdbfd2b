/** How long syncs took, as a plot of dots on a scale that begins at nought. */
import type { JobView } from '#domain/shapes/sync.ts';
import { tookText } from '#lib/time/spans.ts';
import { jobDisplay, type Shape, type Tone } from './status-display.ts';
import { durationOf } from './recent-syncs.ts';

export interface PlotMark {
  job: JobView;
  /** 0 to 1, of the plot's top. */
  height: number;
  tone: Tone;
  shape: Shape;
}

export interface DurationPlot {
  /** Oldest first: the newest is at the right. */
  marks: PlotMark[];
  /** Milliseconds at the top. */
  top: number;
  /** Lines to read it by, from the lowest. */
  lines: { at: number; label: string }[];
  median: number | null;
  longest: number | null;
}

const steps = [1, 2, 5, 10, 20, 30, 60, 120, 180, 300].map((seconds) => seconds * 1_000);

/** Of jobs that have an end, newest first. By the square root, so that one very slow sync leaves the others apart. */
export function durationPlotOf(jobs: JobView[]): DurationPlot {
  const ended = jobs.filter((job) => durationOf(job) !== null).toReversed();
  const took = ended.map((job) => durationOf(job)!);
  const longest = took.length > 0 ? Math.max(...took) : null;
  const top = steps.find((step) => step >= (longest ?? 0)) ?? longest ?? 1_000;
  const heightOf = (ms: number) => Math.sqrt(ms / top);
  const marks = ended.map((job, index) => {
    const { tone, shape } = jobDisplay(job);
    return { job, height: heightOf(took[index]!), tone, shape };
  });
  const lines = [top, lineBelow(top)].map((ms) => ({ at: heightOf(ms), label: tookText(ms).replace('.0 s', ' s') }));
  return { marks, top, lines: lines.toReversed(), median: medianOf(took), longest };
}

/** A round length at about half the plot's height. */
function lineBelow(top: number): number {
  return steps.findLast((step) => step <= top / 3) ?? top / 4;
}

function medianOf(values: number[]): number | null {
  if (values.length === 0) return null;
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

/** The plot in a sentence: `25 syncs: mostly 3.4 s, the longest 12 s, 2 failed.` */
export function plotSentence({ marks, median, longest }: DurationPlot): string {
  if (median === null || longest === null) return 'No sync has finished yet.';
  const failed = marks.filter(({ job }) => job.status === 'failed').length;
  const count = marks.length === 1 ? '1 sync' : `${marks.length} syncs`;
  return `${count}: half of them within ${tookText(median)}, the longest ${tookText(longest)}, ${failed || 'none'} failed.`;
}
