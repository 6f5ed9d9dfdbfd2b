import { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { createTellUser } from '#activities/tell-user.ts';
import { depsWith } from './light-activities.ts';

function tell(tellUser?: (userId: string, notice: string) => Promise<void>) {
  const lines: unknown[] = [];
  const logger = new DefaultLogger('INFO', ({ message, meta }) => void lines.push([message, meta]));
  const activity = createTellUser({ ...depsWith(null as never), ...(tellUser && { tellUser }) });
  const input = { userId: 'u', notice: 'pausing_soon' } as const;
  return { told: new MockActivityEnvironment({}, { logger }).run(activity, input), lines };
}

it('resolves once the message is taken, and where there is no way to tell', async () => {
  const taken: unknown[] = [];
  await tell(async (...message) => void taken.push(message)).told;
  expect(taken).toEqual([['u', 'pausing_soon']]);
  await tell().told;
});

it('is tried again where the mail server does not take it, and tells no address', async () => {
  const refusal = Object.assign(new Error('550 no such user ada@example.com'), { code: 'EENVELOPE' });
  const { told, lines } = tell(() => Promise.reject(refusal));
  const failure = await told.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({ nonRetryable: false });
  expect(JSON.stringify([failure, (failure as Error).cause, lines])).not.toContain('ada@example.com');
  expect(JSON.stringify(lines)).toContain('EENVELOPE');
});
