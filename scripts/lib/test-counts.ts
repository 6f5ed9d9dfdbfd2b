/** Adding up what the test runners report in their JSON files. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface Counts {
  passed: number;
  failed: number;
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  /** One for each test file. */
  testResults: { status: string; assertionResults: unknown[] }[];
}

interface PlaywrightReport {
  /** `flaky` passed on the second try. */
  stats: { expected: number; unexpected: number; flaky: number };
  /** Faults outside of tests, such as a set-up that failed. */
  errors: unknown[];
}

/** A file that cannot even be loaded counts as one failure. */
function ofVitest(report: VitestReport): Counts {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.length,
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}

function ofPlaywright({ stats, errors }: PlaywrightReport): Counts {
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length };
}

/**
 * The counts of one runner.
 * @param file its JSON report; a missing one means that the runner broke down
 * @param exitCode its exit code: a failure that no test accounts for counts as one
 */
export async function countsOf(runner: 'vitest' | 'playwright', file: string, exitCode: number): Promise<Counts> {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report: unknown = JSON.parse(await readFile(file, 'utf8'));
  const counts = runner === 'vitest' ? ofVitest(report as VitestReport) : ofPlaywright(report as PlaywrightReport);
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

export const sum = (all: Counts[]): Counts => ({
  passed: all.reduce((total, { passed }) => total + passed, 0),
  failed: all.reduce((total, { failed }) => total + failed, 0),
});
