/**
 * `npm run faults [word …]`: every case at every moment on real parts, then a table and a count. Words choose the
 * cases whose id holds one of them. The exit code is 1 if anything was broken.
 */
import { allCases } from './all-cases.ts';
import { runCase } from './run-case.ts';
import { describeOutcomes, table, type Result } from './table.ts';
import { startWorld } from './context/test-context.ts';

const words = process.argv.slice(2);
const chosen = allCases.filter(({ id }) => words.length === 0 || words.some((word) => id.includes(word)));
if (chosen.length === 0) throw new Error(`no case is called so; there are ${allCases.map(({ id }) => id).join(', ')}`);

const say = (line: string) => console.log(line);
say(`starting the service for ${chosen.length} cases`);
const context = await startWorld({ say });
const results: Result[] = [];
try {
  for (const [index, faultCase] of chosen.entries()) {
    say(`[${index + 1}/${chosen.length}] ${faultCase.id}: ${faultCase.breaks}`);
    const outcomes = await runCase(context, faultCase);
    for (const line of describeOutcomes(outcomes)) say(`      ${line}`);
    results.push({ faultCase, outcomes });
  }
} finally {
  await context.stop();
}
const { text, broken } = table(results);
say('');
say(text);
process.exitCode = broken > 0 ? 1 : 0;
