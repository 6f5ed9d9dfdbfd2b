import { expect, it, vi } from 'vitest';
import { createLog } from '#platform/log.ts';
import { closeAll } from '#temporal/close-all.ts';

it('a part that does not close in good order is told, and those after it close all the same', async () => {
  const warn = vi.fn();
  const closed: string[] = [];
  const closers = [
    () => closed.push('browsers'),
    () => {
      throw new Error('mail is stuck');
    },
    () => Promise.reject(new Error('connection lost')),
    async () => closed.push('orm'),
  ];
  await closeAll(closers, Object.assign(createLog('test', 'silent'), { warn }));
  expect(closed).toEqual(['browsers', 'orm']);
  expect(warn.mock.calls.map(([{ err }]) => (err as Error).message)).toEqual(['mail is stuck', 'connection lost']);
});
