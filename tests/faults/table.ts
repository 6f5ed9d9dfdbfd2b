import { moments, type FaultCase, type Verdict } from './cases.ts';

export interface Result {
  faultCase: FaultCase;
  verdicts: Verdict[];
}

const wordFor = ({ skipped, problems }: Verdict) => (skipped ? 'skipped' : problems.length > 0 ? 'broken' : 'held');

/** One line a moment, with what is wrong. */
export function describeVerdicts(verdicts: Verdict[]): string[] {
  return verdicts.map((verdict) => [`${verdict.moment}: ${wordFor(verdict)}`, ...reasons(verdict)].join('\n        '));
}

const reasons = ({ skipped, problems }: Verdict) => (skipped ? [skipped] : problems);

/** The table case × moment, ending with the count. */
export function table(results: Result[]): { text: string; broken: number } {
  const words = results.flatMap(({ verdicts }) => verdicts.map(wordFor));
  const count = (word: string) => words.filter((each) => each === word).length;
  const broken = count('broken');
  const widest = Math.max(4, ...results.map(({ faultCase }) => faultCase.id.length));
  const line = (first: string, rest: string[]) =>
    [first.padEnd(widest), ...rest.map((each) => each.padEnd(8))].join('  ').trimEnd();
  const rows = results.map(({ faultCase, verdicts }) =>
    line(
      faultCase.id,
      moments.map((moment) => cell(verdicts.filter((verdict) => verdict.moment === moment))),
    ),
  );
  const skipped = count('skipped') > 0 ? `, ${count('skipped')} skipped` : '';
  const text = [line('case', [...moments]), ...rows, '', `${count('held')} held, ${broken} broken${skipped}`].join(
    '\n',
  );
  return { text, broken };
}

function cell(verdicts: Verdict[]): string {
  const found = verdicts.map(wordFor);
  return found.find((word) => word === 'broken') ?? found.find((word) => word === 'skipped') ?? found[0] ?? '–';
}
