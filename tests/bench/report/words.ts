/** Figures as people read them, the same in Markdown and on the page. */
import type { Figure } from '../figures.ts';
import type { Line, Report } from './report.ts';

export function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const withUnit = (value: number, { unit }: Figure): string => `${number(value)} ${unit}`;

export function spread([least, most]: [number, number]): string {
  return least === most ? '' : `${number(least)}–${number(most)}`;
}

export function ratio({ ratio, ratioSpread }: Line): string {
  if (ratio === null) return '';
  const between = ratioSpread ? spread(ratioSpread) : '';
  return `${number(ratio)} ×${between && ` (${between})`}`;
}

export function goal({ figure: { goal, better, unit }, reached }: Line): string {
  if (!goal) return '';
  const sign = better === 'higher' ? '≥' : '≤';
  const wanted = 'ratio' in goal ? `${number(goal.ratio)} ×` : `${number(goal.value)} ${unit}`;
  return `${sign} ${wanted} ${reached ? '✓' : '✗'}`;
}

export function change({ change, before }: Line): string {
  if (!before) return 'new';
  if (change === null) return '';
  const percent = Math.round(Math.abs(change) * 100);
  return percent === 0 ? 'same' : `${percent} % ${change > 0 ? 'better' : 'worse'}`;
}

/** What one should know first: the ratios that got worse, and against which report. */
export function headlines(lines: Line[]): string[] {
  const worse = lines.filter((line) => line.worse).sort((a, b) => a.change! - b.change!);
  return worse.map(
    (line) =>
      `${line.figure.title}: ${number(line.ratio!)} × ${line.figure.floor!.name}, ${change(line)} than ` +
      `${number(line.before!.value)} × on ${line.before!.at.slice(0, 10)} (${line.before!.commit})`,
  );
}

export function circumstances({ at, commit, machine, settings }: Report): string {
  const { processor, cores, memoryGb, system, node, browser } = machine;
  return (
    `${at.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}. ${processor}, ${cores} cores, ${memoryGb} GB, ${system}, Node ` +
    `${node}, ${browser}. Medians of ${settings.rounds} rounds, floor and ours in turns; the spread is the least and the ` +
    `most of the rounds. A load lasts ${number(settings.loadMs / 1_000)} s.`
  );
}

export const partTitles: Record<string, string> = {
  reads: 'Reads',
  feeds: 'Calendar feeds',
  trpc: 'tRPC against REST',
  pages: 'Pages',
  'sign-ins': 'Sign-ins',
  syncs: 'Whole syncs',
  progress: 'Click to first progress',
  waterfall: 'Click to the first request to the portal',
  parallel: 'Syncs at once',
  idle: 'Idle',
  starts: 'Starts',
};
