/**
 * `npm run bench`: the service against the least that the machine can do, in one run, on the same stand-in portal with
 * the same delays. Each round measures floor and ours one after the other, so that what else the machine does strikes
 * both. `npm run bench -- reads syncs` runs parts; `--help` names them.
 */
import { parseArgs } from 'node:util';
import { inProject } from '#platform/paths.ts';
import { benchBrowser, openBench, say } from './bench.ts';
import type { Bench, Settings } from './bench.ts';
import type { PartResult } from './figures.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { delivering } from './parts/deliveries.ts';
import { feeding } from './parts/feeds.ts';
import { idling } from './parts/idle.ts';
import { syncingAtOnce } from './parts/parallel.ts';
import { showing } from './parts/pages.ts';
import { progressing } from './parts/progress.ts';
import { reading } from './parts/reads.ts';
import { screening } from './parts/screens.ts';
import { signingIn } from './parts/sign-ins.ts';
import { starting } from './parts/starts.ts';
import { syncing } from './parts/syncs.ts';
import { callingProcedures } from './parts/trpc.ts';
import { untilTheFirstRequest } from './parts/waterfall.ts';
import { markdownOf } from './report/markdown.ts';
import { pageOf } from './report/page.ts';
import { keepReport, linesOf, readReports } from './report/report.ts';
import type { Report } from './report/report.ts';

/** Parts that share one service, in the order of the report. */
const shared: Record<string, (bench: Bench) => Promise<PartResult>> = {
  reads: reading,
  feeds: feeding,
  trpc: callingProcedures,
  pages: showing,
  screens: screening,
  'sign-ins': signingIn,
  syncs: syncing,
  progress: progressing,
  waterfall: untilTheFirstRequest,
};

/** Parts that start a service of their own. */
const alone: Record<string, (settings: Settings) => Promise<PartResult>> = {
  deliveries: delivering,
  parallel: syncingAtOnce,
  idle: idling,
  starts: starting,
};

const help = `npm run bench -- [part…] [--rounds 5] [--seconds 2] [--connections 1,20,200] [--out .data/bench]
Parts: ${[...Object.keys(shared), ...Object.keys(alone)].join(', ')}; all of them where none is named.
Reports are kept in --out, and each is compared with the ones before it there.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      connections: { type: 'string', default: '1,20,200' },
      out: { type: 'string', default: inProject('.data', 'bench') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(help);
  const unknown = positionals.filter((part) => !(part in shared) && !(part in alone));
  if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}\n${help}`);
  const settings: Settings = {
    rounds: Number(values.rounds),
    loadMs: Number(values.seconds) * 1_000,
    connections: values.connections.split(',').map(Number),
  };
  const chosen = (part: string) => positionals.length === 0 || positionals.includes(part);
  const earlier = await readReports(values.out);
  const machine = await describeMachine(await benchBrowser());
  const { rounds, loadMs } = settings;
  const report: Report = {
    at: '',
    commit: await describeCommit(),
    machine,
    settings: { rounds, loadMs },
    figures: [],
    tables: [],
    waterfalls: [],
  };
  for (const result of await runParts(settings, chosen)) {
    report.figures.push(...result.figures);
    report.tables.push(...(result.tables ?? []));
    report.waterfalls.push(...(result.waterfalls ?? []));
  }
  report.at = new Date().toISOString();
  const lines = linesOf(report, earlier);
  const markdown = markdownOf(report, lines);
  const path = await keepReport(values.out, report, markdown, pageOf(report, lines));
  process.stdout.write(`${markdown}\n`);
  say(`kept as ${path}.html, .md and .json`);
}

/** A part that fails is told, and does not cost the others their figures. */
async function runParts(settings: Settings, chosen: (part: string) => boolean): Promise<PartResult[]> {
  const results: PartResult[] = [];
  const note = async (part: string, running: Promise<PartResult>) => {
    try {
      results.push(await running);
    } catch (error) {
      say(`${part} failed: ${String((error as Error).stack ?? error)}`);
      process.exitCode = 1;
    }
  };
  const together = Object.entries(shared).filter(([part]) => chosen(part));
  if (together.length > 0) {
    const bench = await openBench(settings);
    try {
      for (const [part, run] of together) await note(part, run(bench));
    } finally {
      await bench.close();
    }
  }
  for (const [part, run] of Object.entries(alone)) if (chosen(part)) await note(part, run(settings));
  return results;
}

await main();
