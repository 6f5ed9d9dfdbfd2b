import { describe, expect, it } from 'vitest';
import { markChangesSeen } from '#db/queries/bookings.ts';
import { countUnseenChanges } from '#db/queries/booking-changes.ts';
import { listChangeGroups } from '#lib/server/changes/change-groups.ts';
import { acknowledgeChanges, listUrgentChanges } from '#lib/server/changes/urgent-changes.ts';
import type { Services } from '#lib/server/services.ts';
import { affected, sql } from '../support/sql.ts';
import { hourMs, makeConnectedUser, rental, syncList, useDatabase } from '../db/fixtures.ts';

const { em, orm } = useDatabase();
const services = () => ({ orm: orm() }) as Services;

const nextHour = Math.ceil(Date.now() / hourMs) * hourMs;
const inHours = (hours: number) => new Date(nextHour + hours * hourMs);
const at = (hours: number) => ({ startsAt: inHours(hours), endsAt: inHours(hours + 1) });
type Values = Parameters<typeof rental>[1];
/** Beside the one in question, so that a list without it is not empty. */
const others = [rental('other'), rental('another')];

/** A dancer whose syncs find these values of one rental one after the other; null: it is not in the list. */
async function dancerWith(...states: (Values | null)[]) {
  const userId = await makeConnectedUser(em());
  const sync = (state: Values | null) =>
    syncList(em(), userId, [...others, ...(state ? [rental('one', state)] : [])], { confirmed: true });
  for (const state of states) await sync(state);
  const urgent = () => listUrgentChanges(services(), userId);
  const acknowledge = async () =>
    acknowledgeChanges(
      services(),
      userId,
      (await urgent()).flatMap(({ changeIds }) => changeIds),
    );
  return { userId, sync, urgent, acknowledge };
}

const canceled = { status: 'Canceled' };
const underWay = { startsAt: inHours(-2), endsAt: inHours(2) };

describe('a rental of the next days', () => {
  it.each([
    ['canceled', canceled],
    ['declined', { status: 'Request declined' }],
    ['gone', null],
    ['moved', at(30)],
    ['moved', at(24 * 20)],
    ['moved', { studio: 'Studio E' }],
    ['moved', { location: '890 Broadway (Union Square)' }],
  ] as ['gone', Values | null][])('is %s: %o', async (fate, then) => {
    const { urgent } = await dancerWith({}, then);
    const [one, ...rest] = await urgent();
    expect(rest).toEqual([]);
    expect(one).toMatchObject({
      fate,
      was: { startsAt: inHours(24).toISOString(), studio: 'Studio A', location: '280 Broadway (Lower Manhattan)' },
    });
    if (then?.startsAt) expect(one!.is.startsAt).toBe(then.startsAt.toISOString());
  });

  it.each([
    ['has another price', [{}, { priceCents: 5_000 }]],
    ['is new', [null, {}]],
    ['is approved', [{ status: 'Requested' }, {}]],
    ['is canceled, and as it was again', [{}, canceled, {}]],
    ['is gone, and back', [{}, null, {}]],
    ['is moved, and moved back', [{}, at(30), {}]],
    ['was canceled from the beginning, and leaves the list', [canceled, null]],
    ['is past', [at(-5), { ...at(-5), ...canceled }]],
    ['leaves the list while it is under way', [underWay, null]],
    ['is far away', [at(24 * 9), { ...at(24 * 9), ...canceled }]],
  ] as [string, (Values | null)[]][])('is no urgent matter where it %s', async (_case, states) => {
    const { urgent } = await dancerWith(...states);
    expect(await urgent()).toEqual([]);
  });

  it('is told as it was when the user last knew', async () => {
    const { urgent } = await dancerWith({}, at(30), { ...at(30), ...canceled }, null);
    expect(await urgent()).toMatchObject([
      { fate: 'canceled', was: { startsAt: inHours(24).toISOString() }, changeIds: [{}, {}, {}].map(() => anyText) },
    ]);
  });
});

const anyText = expect.any(String) as string;

describe('what the user knows', () => {
  it('does not come back, and is read', async () => {
    const { userId, sync, urgent, acknowledge } = await dancerWith({}, canceled);
    expect(await countUnseenChanges(em(), userId)).toBe(1);
    await acknowledge();
    await sync(canceled);
    expect(await urgent()).toEqual([]);
    expect(await countUnseenChanges(em(), userId)).toBe(0);
    const { groups } = await listChangeGroups(services(), userId, { limit: 10, cursor: null });
    expect(groups.map(({ unseen }) => unseen)).toEqual([false, false]);
  });

  it.each([
    ['approved', canceled],
    ['listed', null],
  ] as [string, Values | null][])('is followed by news where it is %s again', async (_case, lost) => {
    const { sync, urgent, acknowledge } = await dancerWith({}, lost);
    await acknowledge();
    await sync({});
    expect(await urgent()).toMatchObject([{ fate: 'back', was: { startsAt: inHours(24).toISOString() } }]);
    await acknowledge();
    expect(await urgent()).toEqual([]);
  });

  it('leaves what else is new unread', async () => {
    const { userId, sync, acknowledge } = await dancerWith({}, canceled);
    await acknowledge();
    await sync({ ...canceled, priceCents: 5_000 });
    expect(await countUnseenChanges(em(), userId)).toBe(1);
  });

  it('comes back where the same rental changes once more', async () => {
    const { sync, urgent, acknowledge } = await dancerWith({}, at(30));
    await acknowledge();
    await sync(at(32));
    expect(await urgent()).toMatchObject([{ fate: 'moved', was: { startsAt: inHours(30).toISOString() } }]);
    await acknowledge();
    await sync(null);
    expect(await urgent()).toMatchObject([{ fate: 'gone', was: { startsAt: inHours(32).toISOString() } }]);
  });

  it('is also what was marked as read', async () => {
    const { userId, urgent } = await dancerWith({}, canceled);
    await markChangesSeen(em(), userId);
    expect(await urgent()).toEqual([]);
  });

  it('is there although all older changes were deleted for their age', async () => {
    const { userId, sync, urgent } = await dancerWith({});
    await affected(em(), sql`delete from booking_changes where user_id = ${userId}`);
    await affected(em(), sql`update bookings set first_seen_at = now() - interval '31 days' where user_id = ${userId}`);
    await sync(canceled);
    expect(await urgent()).toHaveLength(1);
    expect(await countUnseenChanges(em(), userId)).toBe(1);
  });

  it('is of this user alone', async () => {
    const [ana, ben] = [await dancerWith({}, canceled), await dancerWith({}, canceled)];
    const ids = (await ana.urgent()).flatMap(({ changeIds }) => changeIds);
    await acknowledgeChanges(services(), ben.userId, ids);
    expect(await ana.urgent()).toHaveLength(1);
    expect((await ana.urgent())[0]!.bookingId).not.toBe((await ben.urgent())[0]!.bookingId);
  });
});
