/** How soon the client asks again where the server refused it for now. */
import { describe, expect, it } from 'vitest';
import { firstRetryMs } from '#temporal/connection.ts';

const exhausted = 8;
const unavailable = 14;

function refusal(code: number, details: string, encoded?: string) {
  return { code, details, metadata: { get: () => (encoded === undefined ? [] : [Buffer.from(encoded)]) } };
}

describe('a call that the server refuses for now', () => {
  const updateWithStart = 'Update-with-Start could not be executed.';

  it.each([
    [
      'a run that is being continued',
      refusal(exhausted, 'Workflow operation can not be applied because workflow is closing'),
    ],
    ['a run that is busy', refusal(exhausted, 'Workflow is busy.')],
    // As a server of version 1.31 encodes it, without the bytes of protobuf.
    [
      'the same in an update with start',
      refusal(
        exhausted,
        updateWithStart,
        'MultiOperationExecutionAborted|Aworkflow operation can not be applied because workflow is closing|Q',
      ),
    ],
  ])('is repeated within milliseconds for %s', (_, refused) => {
    expect(firstRetryMs(refused)).toBe(20);
  });

  it.each([
    ['a used up quota', refusal(exhausted, 'namespace rate limit exceeded'), 1_000],
    [
      'a used up quota in an update with start',
      refusal(exhausted, updateWithStart, 'Apersistence limit exceeded|Q'),
      1_000,
    ],
    ['a server that is away', refusal(unavailable, 'connection refused'), 100],
  ])('is repeated as the library has it for %s', (_, refused, ms) => {
    expect(firstRetryMs(refused)).toBe(ms);
  });
});
