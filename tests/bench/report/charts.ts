/** Plots as SVG, drawn by hand: the page must open anywhere, without a network. */
import { ratiosOf } from '../figures.ts';
import type { Figure, Waterfall } from '../figures.ts';
import { number } from './words.ts';
import type { Line } from './report.ts';

const width = 900;
const labelWidth = 400;
const rowHeight = 24;
const axisHeight = 30;
const right = 60;

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);

/** Ratios to the floor on a scale of powers: a dot a round, a bar at the median, a line at the goal. */
export function ratioChart(lines: Line[]): string {
  const shown = lines.filter(({ ratio, figure }) => ratio !== null && ratio > 0 && Math.min(...roundsOf(figure)) > 0);
  if (shown.length === 0) return '';
  const values = shown.flatMap(({ figure }) => [...roundsOf(figure), ...(goalOf(figure) ?? [])]);
  const least = Math.floor(Math.log10(Math.min(0.5, ...values)));
  const most = Math.ceil(Math.log10(Math.max(2, ...values)));
  const x = (value: number) =>
    labelWidth + ((Math.log10(value) - least) / (most - least)) * (width - labelWidth - right);
  const ticks = Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index));
  const rows = shown.map((line, index) => ratioRow(line, axisHeight + index * rowHeight, x));
  return svg(axisHeight + shown.length * rowHeight, axis(ticks, x, shown.length, '×') + rows.join(''));
}

const goalOf = ({ goal }: Figure): number[] | null => (goal && 'ratio' in goal ? [goal.ratio] : null);
const roundsOf = ({ ours, floor }: Figure): number[] => ratiosOf(ours, floor!.values);

function ratioRow(line: Line, y: number, x: (value: number) => number): string {
  const { figure, ratio, reached, worse } = line;
  const middle = y + rowHeight / 2;
  const dots = roundsOf(figure).map((value) => `<circle class="round" cx="${x(value)}" cy="${middle}" r="3"/>`);
  const mark = (value: number, name: string) =>
    `<line class="${name}" x1="${x(value)}" x2="${x(value)}" y1="${y + 4}" y2="${y + rowHeight - 4}"/>`;
  const state = reached === false ? 'missed' : reached ? 'reached' : 'open';
  const goals = (goalOf(figure) ?? []).map((value) => mark(value, 'goal'));
  const value = `<text class="value" x="${width - right + 8}" y="${middle + 4}">${number(ratio!)} ×</text>`;
  const title = `${figure.title}: ${number(ratio!)} × ${figure.floor!.name}`;
  return `<g class="${state}"><title>${escapeHtml(title)}</title>${label(figure.title, middle, worse)}${goals.join('')}${dots.join('')}${mark(ratio!, 'median')}${value}</g>`;
}

/** Figures without a floor: the rounds beside the goal, each row on a scale of its own. */
export function valueChart(lines: Line[]): string {
  const shown = lines.filter(({ ratio }) => ratio === null);
  if (shown.length === 0) return '';
  const rows = shown.map(({ figure, ours, reached }, index) => {
    const y = index * rowHeight;
    const middle = y + rowHeight / 2;
    const wanted = figure.goal && 'value' in figure.goal ? figure.goal.value : null;
    const most = Math.max(...figure.ours, wanted ?? 0, Number.MIN_VALUE) * 1.1;
    const x = (value: number) => labelWidth + (value / most) * (width - labelWidth - right * 1.6);
    const bar = `<rect class="bar" x="${labelWidth}" y="${y + 6}" width="${x(ours) - labelWidth}" height="${rowHeight - 12}"/>`;
    const dots = figure.ours.map((value) => `<circle class="round" cx="${x(value)}" cy="${middle}" r="2.5"/>`);
    const goal =
      wanted === null
        ? ''
        : `<line class="goal" x1="${x(wanted)}" x2="${x(wanted)}" y1="${y + 3}" y2="${y + rowHeight - 3}"/>`;
    const value = `<text class="value" x="${width - right * 1.6 + 8}" y="${middle + 4}">${number(ours)} ${figure.unit}</text>`;
    return `<g class="${reached === false ? 'missed' : 'reached'}">${label(figure.title, middle, false)}${bar}${dots.join('')}${goal}${value}</g>`;
  });
  return svg(shown.length * rowHeight, rows.join(''));
}

/** What follows what, in milliseconds from the click. */
export function waterfallChart({ spans }: Waterfall): string {
  const most = Math.max(...spans.map(({ to }) => to), 1);
  const x = (value: number) => labelWidth + (value / most) * (width - labelWidth - right);
  const step = niceStep(most / 6);
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
  const rows = spans.map(({ label: text, kind, from, to }, index) => {
    const y = axisHeight + index * rowHeight;
    const box = `<rect class="span ${kind}" x="${x(Math.max(0, from))}" y="${y + 5}" width="${Math.max(2, x(to) - x(Math.max(0, from)))}" height="${rowHeight - 10}"/>`;
    return `<g><title>${escapeHtml(text)}: ${number(from)} to ${number(to)} ms</title>${label(text, y + rowHeight / 2, false)}${box}</g>`;
  });
  return svg(axisHeight + spans.length * rowHeight, axis(ticks, x, spans.length, 'ms') + rows.join(''));
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough)!;
}

function axis(ticks: number[], x: (value: number) => number, rows: number, unit: string): string {
  const bottom = axisHeight + rows * rowHeight;
  return ticks
    .map((tick) => {
      const words = `${tick.toLocaleString('en-US')} ${unit}`;
      return `<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${axisHeight - 6}" y2="${bottom}"/><text class="tick" x="${x(tick)}" y="${axisHeight - 12}">${words}</text>`;
    })
    .join('');
}

function label(text: string, middle: number, strong: boolean): string {
  const short = text.length > 62 ? `${text.slice(0, 61)}…` : text;
  return `<text class="label${strong ? ' worse' : ''}" x="${labelWidth - 12}" y="${middle + 4}">${escapeHtml(short)}</text>`;
}

const svg = (height: number, inner: string): string =>
  `<svg viewBox="0 0 ${width} ${height + 4}" width="${width}" role="img">${inner}</svg>`;
