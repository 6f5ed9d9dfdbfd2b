/** A run as Markdown, in the form that docs/scale.md has it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadavg } from 'node:os';
import type { Machine } from '../bench/machine.ts';
import { number, type PartResult } from './figures.ts';

export interface Report {
  /** ISO 8601. */
  at: string;
  commit: string;
  machine: Omit<Machine, 'browser'>;
  /** The machine's load before the run, and that without the run's own. */
  loadBefore: number;
  temporalVersion: string;
  users: number;
  parts: PartResult[];
}

export const machineLoad = (): number => loadavg()[0]!;

export function markdownOf(report: Report): string {
  const { at, commit, machine, loadBefore, temporalVersion, users, parts } = report;
  const { processor, cores, memoryGb, system, node } = machine;
  const busy = loadBefore > cores / 4 ? 'busy with other work' : 'quiet';
  return [
    `## ${number(users)} users`,
    '',
    `${at.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}, Temporal server ${temporalVersion} on PostgreSQL. ${processor}, ` +
      `${cores} cores that everything shares, ${memoryGb} GB, ${system}, Node ${node}. The machine was ${busy} (load ` +
      `${number(loadBefore)} before the run).`,
    '',
    ...parts.flatMap(partOf),
  ].join('\n');
}

function partOf({ title, findings, checks }: PartResult): string[] {
  const rows = [
    ...findings.map(({ what, value }) => [what, value]),
    ...checks.map(({ what, problems }) => [what, problems.length === 0 ? 'yes' : `**no**: ${problems.join('; ')}`]),
  ];
  const line = ([what, value]: string[]) => `| ${what} | ${value} |`;
  return [`**${title}**`, '', line(['', '']), '| --- | --- |', ...rows.map(line), ''];
}

export async function keepReport(folder: string, report: Report, markdown: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, report.at.replaceAll(':', '-').slice(0, 19));
  await writeFile(`${path}.md`, markdown);
  await writeFile(`${path}.json`, JSON.stringify(report, null, 2));
  return `${path}.md`;
}
