import { moments, type FaultCase, type Outcome } from './cases.ts';

export interface Result {
  faultCase: FaultCase;
  outcomes: Outcome[];
}

const wordFor = ({ skipped, problems }: Outcome) => (skipped ? 'skipped' : problems.length > 0 ? 'broken' : 'held');

/** One line a moment, with what is wrong. */
export function describeOutcomes(outcomes: Outcome[]): string[] {
  return outcomes.map((outcome) => [`${outcome.moment}: ${wordFor(outcome)}`, ...reasons(outcome)].join('\n        '));
}

const reasons = ({ skipped, problems }: Outcome) => (skipped ? [skipped] : problems);

/** The table case × moment, ending with the count. */
export function table(results: Result[]): { text: string; broken: number } {
  const words = results.flatMap(({ outcomes }) => outcomes.map(wordFor));
  const count = (word: string) => words.filter((each) => each === word).length;
  const broken = count('broken');
  const widest = Math.max(4, ...results.map(({ faultCase }) => faultCase.id.length));
  const line = (first: string, rest: string[]) =>
    [first.padEnd(widest), ...rest.map((each) => each.padEnd(8))].join('  ').trimEnd();
  const rows = results.map(({ faultCase, outcomes }) =>
    line(
      faultCase.id,
      moments.map((moment) => cell(outcomes.filter((outcome) => outcome.moment === moment))),
    ),
  );
  const skipped = count('skipped') > 0 ? `, ${count('skipped')} skipped` : '';
  const text = [line('case', [...moments]), ...rows, '', `${count('held')} held, ${broken} broken${skipped}`].join(
    '\n',
  );
  return { text, broken };
}

function cell(outcomes: Outcome[]): string {
  const found = outcomes.map(wordFor);
  return found.find((word) => word === 'broken') ?? found.find((word) => word === 'skipped') ?? found[0] ?? '–';
}
