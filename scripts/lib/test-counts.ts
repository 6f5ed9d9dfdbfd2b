/** Adding up what the test runners report in their JSON files. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface Counts {
  passed: number;
  failed: number;
  /** What failed, a line each: file, name and the first line of why. */
  failures: string[];
}

interface VitestReport {
  numPassedTests: number;
  /** One for each test file. `message` tells why a file could not be loaded. */
  testResults: { name: string; status: string; message: string; assertionResults: VitestTest[] }[];
}

interface VitestTest {
  status: string;
  fullName: string;
  failureMessages: string[] | null;
}

interface PlaywrightReport {
  /** `flaky` passed on the second try. */
  stats: { expected: number; unexpected: number; flaky: number };
  suites: PlaywrightSuite[];
  /** Faults outside of tests, such as a set-up that failed. */
  errors: { message?: string }[];
}

interface PlaywrightSuite {
  suites?: PlaywrightSuite[];
  specs: { title: string; file: string; tests: { status: string; projectName: string }[] }[];
}

const firstLine = (text: string | undefined): string => text?.split('\n', 1)[0] ?? '';

/** A file that cannot even be loaded counts as one failure. */
function ofVitest(report: VitestReport): Counts {
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    if (status === 'failed' && assertionResults.length === 0) return [`${name}: ${firstLine(message)}`];
    return assertionResults
      .filter((test) => test.status === 'failed')
      .map(({ fullName, failureMessages }) => `${name}: ${fullName}: ${firstLine(failureMessages?.[0])}`);
  });
  return { passed: report.numPassedTests, failed: failures.length, failures };
}

function ofPlaywright({ stats, suites, errors }: PlaywrightReport): Counts {
  const failures = [...suites.flatMap(unexpectedOf), ...errors.map(({ message }) => firstLine(message))];
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length, failures };
}

function unexpectedOf({ specs, suites = [] }: PlaywrightSuite): string[] {
  const own = specs.flatMap(({ title, file, tests }) =>
    tests.filter(({ status }) => status === 'unexpected').map((test) => `[${test.projectName}] ${file}: ${title}`),
  );
  return [...own, ...suites.flatMap(unexpectedOf)];
}

/**
 * The counts of one runner.
 * @param file its JSON report; a missing one means that the runner broke down
 * @param exitCode its exit code: a failure that no test accounts for counts as one
 */
export async function countsOf(runner: 'vitest' | 'playwright', file: string, exitCode: number): Promise<Counts> {
  if (!existsSync(file)) return { passed: 0, failed: 1, failures: [`${runner} wrote no report`] };
  const report: unknown = JSON.parse(await readFile(file, 'utf8'));
  const counts = runner === 'vitest' ? ofVitest(report as VitestReport) : ofPlaywright(report as PlaywrightReport);
  if (exitCode === 0 || counts.failed > 0) return counts;
  return { ...counts, failed: 1, failures: [`${runner} ended with ${exitCode}, and none of its tests failed`] };
}

export const sum = (all: Counts[]): Counts => ({
  passed: all.reduce((total, { passed }) => total + passed, 0),
  failed: all.reduce((total, { failed }) => total + failed, 0),
  failures: all.flatMap(({ failures }) => failures),
});
