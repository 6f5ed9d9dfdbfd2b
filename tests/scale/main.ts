/**
 * `npm run scale`: thousands of users on the Temporal server itself, on PostgreSQL with 512 shards, and what that costs.
 * `npm run scale -- --users 1000 --part start,rest` runs parts; `--help` names them. The exit code is 1 where anything that must
 * hold does not.
 */
import { parseArgs } from 'node:util';
import { ConfigError, PlainError } from '#platform/errors.ts';
import { inProject } from '#platform/paths.ts';
import { describeCommit, describeMachine } from '../bench/machine.ts';
import { holds, number, type PartResult } from './figures.ts';
import { browsing } from './parts/browsing.ts';
import { listing } from './parts/listing.ts';
import { resting } from './parts/resting.ts';
import { streaming } from './parts/streaming.ts';
import { stampeding } from './parts/stampeding.ts';
import { starting } from './parts/starting.ts';
import type { Person } from './population.ts';
import { keepReport, machineLoad, markdownOf } from './report.ts';
import { openWorld, say, type World } from './world.ts';

interface Settings {
  users: number;
  chosen: string[];
  slots: number;
  readingMs: number;
  browseMs: number;
}

type Run = (world: World, people: Person[], settings: Settings) => Promise<PartResult>;

/** A herd that stands still must not keep the run from its report. */
const herdLimitMs = 60 * 60_000;

/** After the start, which all of them need; in this order. */
const parts: Record<string, Run> = {
  rest: (world) => resting(world),
  herd: (world, people, settings) => stampeding(world, people, { ...settings, limitMs: herdLimitMs }),
  lists: (world, people) => listing(world, people),
  streams: (world, people) => streaming(world, people),
  browsers: browsing,
};

const names = ['start', ...Object.keys(parts)];

const help = `npm run scale -- [--users 10000] [--part ${names.join(',')}] [--slots 8] [--reading 500] [--browse 300] [--out .data/scale]
The herd has that many browsers, stand-ins that take so many milliseconds to read a list; real browsers read for --browse seconds.
Everything runs on free ports and in a folder of its own, and ends with the command.`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      users: { type: 'string', default: '10000' },
      part: { type: 'string', default: names.join(',') },
      slots: { type: 'string', default: '8' },
      reading: { type: 'string', default: '500' },
      browse: { type: 'string', default: '300' },
      out: { type: 'string', default: inProject('.data', 'scale') },
      help: { type: 'boolean', default: false },
    },
  });
  const chosen = values.part.split(',');
  const unknown = chosen.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new PlainError(`there is no part ${unknown.join(', ')}\n${help}`);
  const users = Number(values.users);
  if (!Number.isInteger(users) || users < 1) throw new PlainError(`--users wants a whole number from 1 on\n${help}`);
  const [slots, readingMs, browseMs] = [Number(values.slots), Number(values.reading), 1_000 * Number(values.browse)];
  const settings: Settings = { users, chosen, slots, readingMs, browseMs };
  return { settings, out: values.out, help: values.help };
}

async function measure(settings: Settings): Promise<{ results: PartResult[]; temporalVersion: string }> {
  const world = await openWorld();
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => abort.abort(new PlainError(`stopped by ${signal}`)));
  const stopped = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error));
  });
  const results: PartResult[] = [];
  try {
    await Promise.race([runParts(world, settings, results), stopped]);
  } finally {
    await world.close();
  }
  return { results, temporalVersion: world.temporalVersion };
}

/** A part that fails is told, and does not cost the others their figures. */
async function runParts(world: World, settings: Settings, results: PartResult[]): Promise<void> {
  const { users, chosen } = settings;
  const { people, result } = await starting(world, users);
  results.push(result);
  for (const [name, run] of Object.entries(parts)) {
    if (!chosen.includes(name)) continue;
    try {
      results.push(await run(world, people, settings));
    } catch (error) {
      say(`${name} failed: ${String((error as Error).stack ?? error)}`);
      results.push({ title: name, findings: [], checks: [holds('it ran', [(error as Error).message])] });
    }
  }
  results.push({ title: 'Throughout', findings: [], checks: [holds('no process ended by itself', world.surprises())] });
}

async function main(): Promise<void> {
  const { settings, out, ...asked } = readArguments();
  const { users } = settings;
  if (asked.help) return say(help);
  const loadBefore = machineLoad();
  const began = Date.now();
  const { browser: _, ...machine } = await describeMachine({ version: '', path: '' });
  const { results, temporalVersion } = await measure(settings);
  const at = new Date().toISOString();
  const report = { at, commit: await describeCommit(), machine, loadBefore, temporalVersion, users, parts: results };
  const markdown = markdownOf(report);
  process.stdout.write(`${markdown}\n`);
  say(`kept as ${await keepReport(out, report, markdown)}; ${number((Date.now() - began) / 60_000)} minutes in all`);
  if (results.some(({ checks }) => checks.some(({ problems }) => problems.length > 0))) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  if (!(error instanceof ConfigError || error instanceof PlainError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
process.exit();
