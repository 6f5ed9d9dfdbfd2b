import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHarness } from './harness.ts';
import type { Harness, World } from './harness.ts';
import { keepHistories } from './histories.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
keepHistories(() => harness);

/** A user whose list of one rental lacks others, so that it wants a second reading; the first one has ended. */
async function doubtfulUser(settings: Partial<World['settings']> = {}): Promise<World> {
  const world = harness.newUser(settings);
  world.reconcile = ({ confirmed, complete, count }) =>
    confirmed || !complete
      ? {
          outcome: 'stored',
          bookingsSynced: count,
          added: 1,
          changed: 0,
          removed: complete ? 2 : 0,
          partial: !complete,
        }
      : { outcome: 'wants_confirmation' };
  await world.temporal.settingsChanged(world.userId);
  (await world.attempt(1)).succeed({ count: 1 });
  return world;
}

const reconciled = (world: World) =>
  world.reconciled.map(({ attempt, confirmed, complete }) => [attempt, confirmed, complete]);
const unconfirmed = [
  [1, false, true],
  [1, false, false],
];

describe('a list that lacks many rentals', () => {
  it('is confirmed by a second reading', async () => {
    const world = await doubtfulUser();
    (await world.attempt(2)).succeed({ count: 1 });
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ status: 'completed', partial: false, bookingsSynced: 1 });
    expect(reconciled(world)).toEqual([
      [1, false, true],
      [2, true, true],
    ]);
  });

  it('is confirmed by a third reading where the second one failed', async () => {
    const world = await doubtfulUser();
    (await world.attempt(2)).fail('interrupted');
    (await world.attempt(3)).succeed({ count: 1 });
    expect(await world.closedJobs(1)).toMatchObject([{ status: 'completed', partial: false }]);
    expect(reconciled(world)).toEqual([
      [1, false, true],
      [3, true, true],
    ]);
  });

  it('is stored without removals where the second reading fails for good', async () => {
    const world = await doubtfulUser();
    (await world.attempt(2)).fail('portal_changed');
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ status: 'completed', partial: true, bookingsSynced: 1, consecutiveFailures: 0 });
    expect(reconciled(world)).toEqual(unconfirmed);
    expect(world.reconciled[1]).toMatchObject({ unconfirmed: true });
    expect(await world.statusWhen(({ state }) => state === 'sleeping')).toMatchObject({ job: { partial: true } });
  });

  it('is stored without removals where the limit stops the second reading', async () => {
    const world = await doubtfulUser({ limitMs: 1_500 });
    expect(await world.closedJobs(1)).toMatchObject([{ status: 'completed', partial: true }]);
    expect(reconciled(world)).toEqual(unconfirmed);
  });

  it('is stored without removals where the second reading does not reach the end', async () => {
    const world = await doubtfulUser();
    (await world.attempt(2)).succeed({ count: 0, complete: false });
    expect(await world.closedJobs(1)).toMatchObject([{ status: 'completed', partial: true, bookingsSynced: 1 }]);
    expect(reconciled(world)).toEqual(unconfirmed);
  });

  it('of credentials that were replaced meanwhile is stored, and the next sync is due at once', async () => {
    const world = await doubtfulUser();
    const second = await world.attempt(2);
    world.settings.revision = 2;
    second.fail('portal_changed');
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ status: 'completed', partial: true, revision: 1 });
    expect((await world.attempt(3)).input.jobId).not.toBe(job!.jobId);
  });

  it('is not stored where the user has to act', async () => {
    const world = await doubtfulUser();
    (await world.attempt(2)).fail('account_locked');
    expect(await world.closedJobs(1)).toMatchObject([{ status: 'failed', pausedReason: 'account_locked' }]);
    expect(reconciled(world)).toEqual([[1, false, true]]);
  });

  it('is not stored where the user cancels', async () => {
    const world = await doubtfulUser();
    const second = await world.attempt(2);
    await world.temporal.cancelSync(world.userId);
    await second.cancelled;
    expect(await world.closedJobs(1)).toMatchObject([{ status: 'failed', errorCode: 'cancelled' }]);
    expect(reconciled(world)).toEqual([[1, false, true]]);
  });
});
