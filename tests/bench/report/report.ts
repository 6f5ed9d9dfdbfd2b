/** A whole report, and what has changed since the one before. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { summaryOf } from '../figures.ts';
import type { Figure, Summary, Table, Waterfall } from '../figures.ts';
import type { Machine } from '../machine.ts';

export interface Report {
  /** ISO 8601. */
  at: string;
  commit: string;
  machine: Machine;
  settings: { rounds: number; loadMs: number };
  figures: Figure[];
  tables: Table[];
  waterfalls: Waterfall[];
}

export interface Line extends Summary {
  figure: Figure;
  before: { at: string; commit: string; value: number } | null;
  /** By how much what is compared, the ratio or else the figure, has changed: 0.1 is a tenth better, -0.1 a tenth worse. */
  change: number | null;
  /** The ratio to the floor is worse by more than a tenth. */
  worse: boolean;
}

/** Machines differ from hour to hour by less than this, once they are compared with the floor of the same run. */
const worthNaming = 0.1;

const compared = ({ ratio, ours }: Summary): number => ratio ?? ours;

/** The figures of a report, each with the newest earlier report that has it. */
export function linesOf(report: Report, earlier: Report[]): Line[] {
  return report.figures.map((figure) => {
    const summary = summaryOf(figure);
    const [before] = earlier.flatMap(({ at, commit, figures }) => {
      const same = figures.find(({ id, floor }) => id === figure.id && !floor === !figure.floor);
      return same ? [{ at, commit, value: compared(summaryOf(same)) }] : [];
    });
    const change = before ? changeOf(figure, compared(summary), before.value) : null;
    return {
      figure,
      ...summary,
      before: before ?? null,
      change,
      worse: change !== null && summary.ratio !== null && change < -worthNaming,
    };
  });
}

function changeOf({ better }: Figure, now: number, before: number): number | null {
  if (before === 0) return null;
  return better === 'higher' ? now / before - 1 : 1 - now / before;
}

/** The reports of a folder, newest first. */
export async function readReports(folder: string): Promise<Report[]> {
  await mkdir(folder, { recursive: true });
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const reports = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Report),
  );
  return reports.sort((a, b) => b.at.localeCompare(a.at));
}

/** Writes it as JSON for later reports, as Markdown and as a page; returns the path without the ending. */
export async function keepReport(folder: string, report: Report, markdown: string, html: string): Promise<string> {
  const path = join(folder, report.at.replaceAll(':', '-').slice(0, 19));
  await writeFile(`${path}.json`, JSON.stringify(report));
  await writeFile(`${path}.md`, markdown);
  await writeFile(`${path}.html`, html);
  return path;
}
