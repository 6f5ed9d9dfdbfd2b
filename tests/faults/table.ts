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

/** The tables case × moment, one for each kind of moments, ending with the count. */
export function table(results: Result[]): { text: string; broken: number } {
  const words = results.flatMap(({ outcomes }) => outcomes.map(wordFor));
  const count = (word: string) => words.filter((each) => each === word).length;
  const broken = count('broken');
  const widest = Math.max(4, ...results.map(({ faultCase }) => faultCase.id.length));
  const line = (first: string, rest: readonly string[]) =>
    [first.padEnd(widest), ...rest.map((each) => each.padEnd(8))].join('  ').trimEnd();
  const groups = Map.groupBy(results, ({ faultCase }) => faultCase.moments ?? moments);
  const lines = [...groups].flatMap(([at, group]) => [
    line('case', at),
    ...group.map(({ faultCase, outcomes }) =>
      line(
        faultCase.id,
        at.map((moment) => cell(outcomes.filter((outcome) => outcome.moment === moment))),
      ),
    ),
    '',
  ]);
  const skipped = count('skipped') > 0 ? `, ${count('skipped')} skipped` : '';
  return { text: [...lines, `${count('held')} held, ${broken} broken${skipped}`].join('\n'), broken };
}

function cell(outcomes: Outcome[]): string {
  const found = outcomes.map(wordFor);
  return found.find((word) => word === 'broken') ?? found.find((word) => word === 'skipped') ?? found[0] ?? '–';
}
