/** Runs the test runners one after the other and ends with `N passed, N failed` over all of them. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { chromiumOnMachine } from '#platform/find-chromium.ts';
import { inProject } from '#platform/paths.ts';
import { countsOf, sum, type Counts } from './lib/test-counts.ts';
import { ensureWebBuild } from './lib/web-build.ts';

type Runner = 'vitest' | 'playwright';

const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [dirname(process.execPath), inProject('node_modules', '.bin'), process.env.PATH].join(delimiter),
  GIBNEY_SYNC_WATCH_PARENT: '',
};

function runTool(args: string[], extraEnv: NodeJS.ProcessEnv = {}): Promise<number> {
  const [name, ...rest] = args;
  const tool = spawn(inProject('node_modules', '.bin', name!), rest, {
    cwd: inProject(),
    env: { ...env, ...extraEnv },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tool.kill(signal));
  return new Promise((resolve, reject) => tool.once('error', reject).once('close', (code) => resolve(code ?? 1)));
}

async function runVitest(filter: string[], folder: string, extraEnv: NodeJS.ProcessEnv = {}): Promise<Counts> {
  const file = join(folder, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  return countsOf('vitest', file, await runTool(['vitest', 'run', ...reporters, ...filter], extraEnv));
}

async function runPlaywright(filter: string[], folder: string): Promise<Counts> {
  const file = join(folder, 'playwright.json');
  const code = await runTool(['playwright', 'test', '--reporter=list,json', ...filter], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
  });
  return countsOf('playwright', file, code);
}

/** Without a filter all runners run; a filter that names e2e is for Playwright, every other one for vitest. */
function runnersFor(filter: string[]): Runner[] {
  if (filter.length === 0) return ['vitest', 'playwright'];
  return filter.some((argument) => argument.includes('e2e')) ? ['playwright'] : ['vitest'];
}

/** What reads pages, and so may see another browser's ways. */
const browserTests = [
  'tests/portal/list-faults',
  'tests/portal/network-faults',
  'tests/portal/sign-in',
  'tests/activities/portal/unseen',
  'tests/activities/scrape-rentals',
];

/** Where others judge and the machine has a browser of its own, the tests of the portal run with that one, too. */
async function runWithSecondBrowser(folder: string): Promise<Counts[]> {
  if (!process.env.CI || process.env.CHROMIUM_PATH) return [];
  const second = await chromiumOnMachine();
  console.log(second ? `once more with ${second}` : 'no second browser on this machine: the tests ran with one');
  return second ? [await runVitest(browserTests, folder, { CHROMIUM_PATH: second })] : [];
}

async function runAll(filter: string[], folder: string): Promise<Counts[]> {
  const counts: Counts[] = [];
  for (const runner of runnersFor(filter)) {
    counts.push(await (runner === 'vitest' ? runVitest : runPlaywright)(filter, folder));
  }
  if (filter.length === 0) counts.push(...(await runWithSecondBrowser(folder)));
  return counts;
}

const filter = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'gibney-sync-reports-'));
try {
  if (filter.length === 0) await ensureWebBuild((line) => console.log(line), new AbortController().signal);
  await runTool(['svelte-kit', 'sync']);
  const { passed, failed, failures } = sum(await runAll(filter, folder));
  for (const failure of failures) console.log(`failed: ${failure}`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
  console.log(`${passed} passed, ${failed} failed`);
} catch (error) {
  console.error((error as Error).message);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
