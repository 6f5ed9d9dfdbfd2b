import { beforeEach, expect, it } from 'vitest';
import { readDeliveryFigures } from '#db/queries/delivery-figures.ts';
import { affected, sql } from '../support/sql.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';
import { addTarget } from './targets.ts';

const { em } = useDatabase();
let userId: string;
let targetId: string;

beforeEach(async () => {
  await affected(em(), sql`delete from deliveries`);
  userId = await makeConnectedUser(em());
  targetId = await addTarget(em(), userId, { events: ['booking.added'] });
  await syncList(em(), userId, [rental('a'), rental('b')]);
});

const webhooks = async () => {
  const { undelivered, overdueSeconds } = (await readDeliveryFigures(em())).find(
    ({ channel }) => channel === 'webhook',
  )!;
  return [undelivered, Math.round(overdueSeconds / 60)];
};
const change = (values: ReturnType<typeof sql>) => affected(em(), sql`update deliveries set ${values}`);

it('there is a figure for each channel, also where nothing waits', async () => {
  await affected(em(), sql`delete from deliveries`);
  const figures = await readDeliveryFigures(em());
  expect(figures.map(({ channel }) => channel).sort()).toEqual(['calendar', 'mail', 'push', 'webhook']);
  expect(figures.every(({ undelivered, overdueSeconds }) => undelivered === 0 && overdueSeconds === 0)).toBe(true);
});

it('what is due is undelivered, and how long it has been due is told', async () => {
  await change(sql`next_at = now() - interval '40 minutes'`);
  expect(await webhooks()).toEqual([2, 40]);
});

it('what was tried and waits for its next try is undelivered, but not overdue', async () => {
  await change(sql`next_at = now() + interval '2 hours', attempts = '[{}]'`);
  expect(await webhooks()).toEqual([2, 0]);
});

it('what waits for its hour is neither', async () => {
  await change(sql`next_at = now() + interval '2 hours'`);
  expect(await webhooks()).toEqual([0, 0]);
});

it.each([sql`held_until = now() + interval '1 hour'`, sql`disabled_reason = 'user'`])(
  'a target that is held or off lets nothing be overdue',
  async (values) => {
    await change(sql`next_at = now() - interval '40 minutes'`);
    await affected(em(), sql`update delivery_targets set ${values} where id = ${targetId}`);
    expect((await webhooks())[1]).toBe(0);
  },
);

it('what waits behind a message that is tried again later is not overdue', async () => {
  await change(sql`next_at = now() - interval '40 minutes'`);
  await affected(
    em(),
    sql`update deliveries set bundle = gen_random_uuid(), next_at = now() + interval '1 hour', attempts = '[{}]'
      where id = (select id from deliveries order by event_seq limit 1)`,
  );
  expect(await webhooks()).toEqual([1, 0]);
});
