/** What Temporal and the network between answer a verb with: tried again, and then told as "not answering". */
import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { TemporalUnavailableError } from '#platform/errors.ts';
import { createSyncCalls } from '#temporal/client.ts';

/** As gRPC reports it, bare or wrapped by the SDK. */
function grpcError(code: number, details: string, wrapped: boolean): Error {
  const error = Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
  return wrapped ? new Error('Workflow Update failed', { cause: error }) : error;
}

/** A client whose calls fail this often, then succeed. */
function failingClient(times: number, error: Error) {
  const asked = { times: 0 };
  const call = async () => {
    asked.times += 1;
    if (asked.times <= times) throw error;
    return { jobId: 'job', status: 'pending', joined: false };
  };
  const workflow = {
    executeUpdateWithStart: call,
    signalWithStart: call,
    getHandle: () => ({ signal: call, query: call }),
  };
  const client = { workflow, withDeadline: (_: number, run: () => Promise<unknown>) => run() };
  return { asked, calls: createSyncCalls(client as unknown as Client) };
}

const passing: [string, number, string][] = [
  ['a reset stream', 13, 'Received RST_STREAM with code 2 (Internal server error)'],
  ['an internal error', 13, 'shard status unknown'],
  ['an unknown one', 2, 'Stream removed'],
  ['a server that is not there', 14, 'No connection established'],
  ['a workflow that no worker gets any further', 9, 'Workflow Task in failed state: context deadline exceeded'],
];

it.each(passing.flatMap((kind) => [false, true].map((wrapped) => [...kind, wrapped] as const)))(
  '%s (%i %s) is tried again (wrapped: %s)',
  async (_, code, details, wrapped) => {
    const { asked, calls } = failingClient(2, grpcError(code, details, wrapped));
    expect(await calls.requestSync('user')).toMatchObject({ jobId: 'job' });
    expect(asked.times).toBe(3);
    const signals = failingClient(1, grpcError(code, details, wrapped));
    await signals.calls.pause('user');
    expect(signals.asked.times).toBe(2);
  },
);

it.each(passing)('%s (%i %s) that stays is told as one that is not answering', async (_, code, details) => {
  const stays = () => failingClient(Infinity, grpcError(code, details, false)).calls;
  await expect(stays().requestSync('user')).rejects.toThrow(TemporalUnavailableError);
  await expect(stays().readStatus('user')).rejects.toThrow(TemporalUnavailableError);
});

it.each([
  [3, 'invalid argument'],
  [9, 'namespace is in a failed state'],
  [7, 'Workflow Task in failed state'],
])('an error that is ours (%i %s) is neither', async (code, details) => {
  const error = grpcError(code, details, false);
  const { asked, calls } = failingClient(Infinity, error);
  await expect(calls.requestSync('user')).rejects.toBe(error);
  expect(asked.times).toBe(1);
});
