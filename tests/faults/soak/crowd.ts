/** The users of the soak, and a diary of all that was done to each: the invariants are held against it. */
import { newDancer, portalPassword, untilOver, type Dancer } from '../context/dancer.ts';
import type { TestContext } from '../context/test-context.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface Asked {
  at: Date;
  jobId: string;
}

export interface Member {
  dancer: Dancer;
  /** Requests that were answered 202. */
  asked: Asked[];
  /** When each rental that is gone was taken from the list, by record id. */
  gone: Map<string, Date>;
  /** Every rental that was ever listed. */
  listed: Set<string>;
}

const atOnce = 6;

/** Registers so many users, each with a list of its own, and waits for their first syncs. */
export async function gather(
  context: TestContext,
  count: number,
  random: SeededRandom,
  say: (line: string) => void,
): Promise<Member[]> {
  const sizes = Array.from({ length: count }, () => 3 + random.below(random.roll() < 0.1 ? 90 : 12));
  const members: Member[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let size = sizes.pop(); size !== undefined; size = sizes.pop()) {
        members.push(await join(context, size));
        if (members.length % 50 === 0) say(`${members.length} users`);
      }
    }),
  );
  return members;
}

async function join(context: TestContext, size: number): Promise<Member> {
  const dancer = await newDancer(context, size);
  await dancer.connect(dancer.username, portalPassword);
  await untilOver(context, dancer, 1);
  const ids = context.portal.control.rentals(dancer.username).map(({ recordId }) => recordId);
  return { dancer, asked: [], gone: new Map(), listed: new Set(ids) };
}
