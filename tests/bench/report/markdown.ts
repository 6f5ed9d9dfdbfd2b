import type { Table, Waterfall } from '../figures.ts';
import type { Line, Report } from './report.ts';
import { change, circumstances, goal, headlines, number, partTitles, ratio, spread, withUnit } from './words.ts';

export function markdownOf(report: Report, lines: Line[]): string {
  const worse = headlines(lines);
  const warning = worse.length > 0 ? ['## Worse by more than 10 %', '', ...worse.map((line) => `- ${line}`), ''] : [];
  const parts = [...new Set(lines.map(({ figure }) => figure.part))];
  return [
    '# Bench',
    '',
    ...warning,
    circumstances(report),
    '',
    ...parts.flatMap((part) => partOf(part, report, lines)),
  ].join('\n');
}

function partOf(part: string, { tables, waterfalls }: Report, lines: Line[]): string[] {
  const columns = ['', 'ours', 'spread', 'floor', 'ratio', 'goal', 'change'];
  const rows = lines.filter(({ figure }) => figure.part === part).map(rowOf);
  return [
    `## ${partTitles[part]}`,
    '',
    ...tableOf(columns, rows),
    '',
    ...tables.filter((table) => table.part === part).flatMap(titled),
    ...waterfalls.filter((one) => one.part === part).flatMap(spansOf),
  ];
}

function rowOf(line: Line): string[] {
  const { figure, ours, floor } = line;
  const floorText = floor === null ? '' : `${withUnit(floor, figure)} (${figure.floor!.name})`;
  return [figure.title, withUnit(ours, figure), spread(line.spread), floorText, ratio(line), goal(line), change(line)];
}

function titled({ title, columns, rows }: Table): string[] {
  return [`**${title}**`, '', ...tableOf(columns, rows), ''];
}

function spansOf({ title, spans }: Waterfall): string[] {
  const rows = spans.map(({ label, from, to }) => [label, number(from), number(to), number(to - from)]);
  return [`**${title}**`, '', ...tableOf(['', 'from, ms', 'to, ms', 'takes, ms'], rows), ''];
}

function tableOf(columns: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, index) => (index === 0 ? '---' : '--:'));
  return [line(columns), line(rule), ...rows.map(line)];
}
