/** The report as one page that needs nothing else. */
import type { Table } from '../figures.ts';
import { escapeHtml, ratioChart, valueChart, waterfallChart } from './charts.ts';
import type { Line, Report } from './report.ts';
import { change, circumstances, goal, headlines, partTitles, ratio, spread, withUnit } from './words.ts';

const style = `
  :root { color-scheme: light dark; --ink: light-dark(#1c1b19, #ece9e2); --soft: light-dark(#6d6a63, #a29d92);
    --line: light-dark(#ddd8cd, #3a3833); --good: light-dark(#2d6a4f, #74c69d); --bad: light-dark(#b3261e, #ff8a80);
    --mark: light-dark(#3d5a80, #8fb5e0); }
  body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: light-dark(#fbfaf7, #191816);
    max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; margin: 1rem 0; font-size: .85rem; }
  th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
  th:first-child, td:first-child { text-align: left; }
  .worse { color: var(--bad); fill: var(--bad); font-weight: 600; }
  svg { max-width: 100%; height: auto; font-size: 11px; margin: .5rem 0; }
  svg text { fill: var(--ink); } svg .label { text-anchor: end; } svg .tick { text-anchor: middle; fill: var(--soft); }
  svg .grid { stroke: var(--line); } svg .goal { stroke: var(--soft); stroke-width: 2; stroke-dasharray: 3 2; }
  svg .round { fill: var(--mark); opacity: .45; } svg .median { stroke: var(--mark); stroke-width: 3; }
  svg .bar { fill: var(--mark); opacity: .35; }
  svg .reached .median { stroke: var(--good); } svg .missed .median { stroke: var(--bad); }
  svg .missed .value { fill: var(--bad); }
  svg .span { fill: var(--mark); } svg .queue { fill: var(--soft); opacity: .4; } svg .activity { fill: var(--good); }
  svg .portal { fill: var(--bad); }
`;

export function pageOf(report: Report, lines: Line[]): string {
  const worse = headlines(lines);
  const warning =
    worse.length > 0
      ? `<h2 class="worse">Worse by more than 10 %</h2><ul>${worse.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`
      : '';
  const parts = [...new Set(lines.map(({ figure }) => figure.part))];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Bench ${report.commit}</title><style>${style}</style>
<h1>Bench</h1>${warning}<p>${escapeHtml(circumstances(report))}</p>
<p>In the plots a dot is a round, the thick mark the median, the dashed line the goal.</p>
${parts.map((part) => partOf(part, report, lines)).join('\n')}</html>\n`;
}

function partOf(part: string, { tables, waterfalls }: Report, lines: Line[]): string {
  const own = lines.filter(({ figure }) => figure.part === part);
  const charts = [
    ratioChart(own.filter(({ figure }) => figure.better === 'higher')),
    ratioChart(own.filter(({ figure }) => figure.better === 'lower')),
    valueChart(own),
  ];
  const waters = waterfalls.filter((one) => one.part === part);
  return `<h2>${partTitles[part]}</h2>${charts.join('')}
${waters.map((one) => `<h3>${escapeHtml(one.title)}</h3>${waterfallChart(one)}`).join('')}
${tables
  .filter((table) => table.part === part)
  .map((table) => `<h3>${escapeHtml(table.title)}</h3>${tableOf(table)}`)
  .join('')}
${tableOf({ columns: ['', 'ours', 'spread', 'floor', 'ratio', 'goal', 'change'], rows: own.map(rowOf) })}`;
}

function rowOf(line: Line): string[] {
  const { figure, ours, floor } = line;
  const floorText = floor === null ? '' : `${withUnit(floor, figure)} (${figure.floor!.name})`;
  return [figure.title, withUnit(ours, figure), spread(line.spread), floorText, ratio(line), goal(line), change(line)];
}

function tableOf({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string {
  const cells = (tag: string, values: string[]) =>
    values.map((value) => `<${tag}>${escapeHtml(value)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('');
  return `<div class="scroll"><table><thead><tr>${cells('th', columns)}</tr></thead><tbody>${body}</tbody></table></div>`;
}
