import { expect, it } from 'vitest';
import { createCallQueue } from '#lib/server/call-queue.ts';

/** Calls that end when they are told to. */
function held(queue: ReturnType<typeof createCallQueue>, userId: string, number: number) {
  const ends: (() => void)[] = [];
  const calls = Array.from({ length: number }, () =>
    queue.run(userId, () => new Promise<void>((resolve) => ends.push(resolve))),
  );
  return { ends, calls };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('a user’s calls take turns, and another user’s wait for none of them', async () => {
  const queue = createCallQueue();
  const many = held(queue, 'one', 10);
  await turn();
  expect(many.ends).toHaveLength(4);
  expect(await queue.run('other', async () => 'answered')).toBe('answered');
  for (let ended = 0; ended < 10; ended++) {
    many.ends[ended]!();
    await turn();
    expect(many.ends).toHaveLength(Math.min(10, 5 + ended));
  }
  await Promise.all(many.calls);
});

it('a call that fails gives its turn on', async () => {
  const queue = createCallQueue();
  const failing = Array.from({ length: 9 }, () => queue.run('one', () => Promise.reject(new Error('no'))));
  expect((await Promise.allSettled(failing)).every(({ status }) => status === 'rejected')).toBe(true);
  expect(await queue.run('one', async () => 1)).toBe(1);
});

it('no more than so many wait', async () => {
  const queue = createCallQueue();
  const many = held(queue, 'one', 504);
  await turn();
  await expect(queue.run('one', async () => 1)).rejects.toMatchObject({ reason: 'rate_limited' });
  for (let ended = 0; ended < 504; ended++) {
    many.ends[ended]!();
    await turn();
  }
  await Promise.all(many.calls);
});
