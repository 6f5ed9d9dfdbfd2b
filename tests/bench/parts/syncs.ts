/** Whole syncs against the least that a plain Playwright script can do, with a new portal session and with a saved one. */
import type { Browser } from 'playwright';
import { realisticDelays } from '../../portal/defaults.ts';
import { expectRows, newDancer, portalPassword, say } from '../bench.ts';
import type { Bench } from '../bench.ts';
import type { Figure, PartResult } from '../figures.ts';
import { runFloor } from '../floor.ts';
import { untilAtRest } from '../measure/processor.ts';

const part = 'syncs';
const sizes = [5, 50, 137, 1_000];

interface Times {
  ours: number[];
  /** The script in a browser as Playwright starts it. */
  floor: number[];
  /** The same script in a browser with the arguments that the service's browser has. */
  lean: number[];
}

type Session = 'cold' | 'warm';

export async function syncing(bench: Bench): Promise<PartResult> {
  await bench.portal.setDelays(realisticDelays);
  const result: PartResult = { figures: [] };
  for (const rows of sizes) {
    say(`syncs of ${rows} rows`);
    const times = await compare(bench, rows);
    for (const session of ['cold', 'warm'] as const) result.figures.push(...figuresOf(rows, session, times[session]));
  }
  return result;
}

/** Floor and ours in turns, first with a new session each, then with a saved one. */
async function compare(bench: Bench, rows: number): Promise<Record<Session, Times>> {
  const dancer = await newDancer(bench, `bench-${rows}@example.com`, rows);
  const times: Record<Session, Times> = {
    cold: { ours: [], floor: [], lean: [] },
    warm: { ours: [], floor: [], lean: [] },
  };
  const asked = { url: bench.stack.portalUrl, username: dancer.username, password: portalPassword };
  const floors: ['floor' | 'lean', Browser][] = [
    ['floor', bench.browser],
    ['lean', bench.leanBrowser],
  ];
  try {
    for (let round = 0; round <= bench.rounds; round += 1) {
      // The first round warms up the browsers and the caches of all sides.
      const note = (session: Session, side: keyof Times, ms: number) => round > 0 && times[session][side].push(ms);
      for (const [side, browser] of floors) {
        await untilAtRest(bench.stack);
        const cold = await runFloor(browser, asked);
        note('cold', side, cold.ms);
        note('warm', side, (await runFloor(browser, { ...asked, storageState: cold.storageState })).ms);
      }
      note('cold', 'ours', (await expectRows(dancer.connect(portalPassword), rows)).ms);
      await untilAtRest(bench.stack);
      note('warm', 'ours', (await expectRows(dancer.sync(), rows)).ms);
    }
  } finally {
    dancer.close();
  }
  return times;
}

function figuresOf(rows: number, session: Session, { ours, floor, lean }: Times): Figure[] {
  const wanted = session === 'warm' && rows < 100 ? 1.1 : 1.05;
  const common = { part, unit: 'ms', better: 'lower', ours } as const;
  const title = `Sync of ${rows.toLocaleString('en-US')} rows, ${session === 'cold' ? 'new portal session' : 'saved portal session'}`;
  const plain = { name: 'Playwright script', values: floor };
  const same = { name: 'Playwright script, browser started as ours', values: lean };
  return [
    { ...common, id: `sync.${rows}.${session}`, title, floor: plain, goal: { ratio: wanted } },
    {
      ...common,
      id: `sync.${rows}.${session}.same-browser`,
      title: `${title}, same browser and arguments`,
      floor: same,
    },
  ];
}
