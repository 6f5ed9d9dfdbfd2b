/** Lists with odd values, from the page to the bookings and the words about the sync. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { listBookings } from '#db/queries/bookings.ts';
import { reconcileBookings } from '#db/queries/reconcile-bookings.ts';
import { listJobLogs } from '#db/queries/sync-jobs.ts';
import { closing, defaults } from '#tests/db/fixtures.ts';
import { startPortal, type Misbehaviour, type Portal, type Rental } from '#tests/portal/server.ts';
import { useScrape, type Dancer } from './portal/harness.ts';

const username = 'dancer@example.test';
const scrape = useScrape();
const em = () => scrape.database.em();
let portal: Portal;
let dancer: Dancer;

beforeAll(async () => void (portal = await startPortal({ users: [{ username, password: 'plié', rentals: 40 }] })));
afterAll(() => portal.close());
beforeEach(async () => {
  portal.control.reset();
  dancer = await scrape.connect(username, 'plié');
});

/** A whole sync; its last words, and the bookings by record id. */
async function sync(...faults: Misbehaviour[]) {
  portal.control.behave();
  faults.forEach((fault) => portal.control.misbehave(fault));
  const { userId } = dancer;
  const { jobId, result } = await scrape.read(portal.url, dancer);
  const stored = await reconcileBookings(em(), { userId, jobId, confirmed: false, ...result });
  const { outcome, ...counts } = stored;
  expect(outcome).toBe('stored');
  await closeSyncJob(em(), closing({ userId, jobId }, counts), defaults);
  const { logs } = await listJobLogs(em(), userId, jobId, { limit: 50 });
  const { bookings } = await listBookings(em(), userId, { limit: 100 });
  return { words: logs.at(-1)!.message, counts, known: new Map(bookings.map((one) => [one.recordId, one])) };
}

const rental = (index: number): Rental => portal.control.rentals(username)[index]!;
const change = (index: number, patch: Partial<Rental>) =>
  portal.control.updateRental(username, rental(index).recordId, patch);

it('says how many of the list are stored, and how many could not be read', async () => {
  const { words, known } = await sync(
    { kind: 'unreadableDate', row: 3 },
    { kind: 'unreadableDate', row: 7, text: '?' },
  );
  expect(words).toBe('Successfully synced 38 of 40 bookings; 2 could not be read');
  expect(known.size).toBe(38);
  expect((await sync()).words).toBe('Successfully synced 40 bookings');
});

it('cancels a rental whose price is less than nothing, or none that can be read', async () => {
  await sync();
  const [negative, inParentheses, odd] = [rental(2), rental(3), rental(4)];
  change(2, { status: 'Canceled', price: '-$17.00' });
  change(3, { status: 'Canceled', price: '($17.00)' });
  change(4, { status: 'Canceled', price: '17 or 19' });
  const { known, counts } = await sync();
  expect(known.get(negative.recordId)).toMatchObject({ status: 'Canceled', priceCents: -1_700 });
  expect(known.get(inParentheses.recordId)).toMatchObject({ status: 'Canceled', priceCents: -1_700 });
  const kept = Math.round(Number(odd.price.replace(/[$,]/g, '')) * 100);
  expect(known.get(odd.recordId)).toMatchObject({ status: 'Canceled', priceCents: kept });
  expect(counts).toMatchObject({ changed: 3, partial: true, bookingsSynced: 40, listed: 40 });
});

it.each(['', 'Free', 'TBD'])(
  'stores a new rental of the price %j without a price, and without a gap',
  async (price) => {
    change(0, { price });
    const { known, counts } = await sync();
    expect(known.get(rental(0).recordId)!.priceCents).toBeNull();
    expect(counts).toMatchObject({ added: 40, partial: false });
  },
);

it('reads a list of 24 hours, and fails where nothing on it can be read', async () => {
  for (const [index, { recordId }] of portal.control.rentals(username).entries())
    portal.control.updateRental(username, recordId, {
      start: `6/${(index % 28) + 1}/2025 19:00`,
      end: `6/${(index % 28) + 1}/2025 20:30`,
    });
  const { known, counts } = await sync();
  expect(counts).toMatchObject({ bookingsSynced: 40, partial: false });
  expect([...known.values()].every(({ startsAt }) => startsAt.toISOString().endsWith('T23:00:00.000Z'))).toBe(true);
  for (const { recordId } of portal.control.rentals(username))
    portal.control.updateRental(username, recordId, { start: 'soon', end: 'later' });
  expect(await scrape.fail(portal.url, dancer)).toMatchObject({
    kind: 'portal_changed',
    message: 'no rental of the list can be read: the start time cannot be read',
  });
});
