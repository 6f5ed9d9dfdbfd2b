/** Who hears what, and when: by REST, and the same by tRPC for the pages. */
import { expect, it, vi } from 'vitest';
import type { Mailer } from '#notifications/mailer.ts';
import { affected, rows, sql } from '../support/sql.ts';
import { useApp, type TestUser } from './support/app.ts';
import { quietTemporal } from './support/temporal-double.ts';

const temporal = quietTemporal();
const app = await useApp({ temporal });
const em = () => app.services.orm.em.fork();
const mailBy = (way: Mailer['way']): Mailer => ({ way, send: async () => '', close: () => {} });

const path = '/api/v1/user/notifications';
const read = async ({ token }: TestUser) => (await app.call('GET', path, { token })).json;
const put = ({ token }: TestUser, body: object) => app.call('PUT', path, { token, body });
const test = ({ token }: TestUser, channel = 'mail') => app.call('POST', `${path}/test`, { token, body: { channel } });

it('nothing is chosen at first but to be told where syncing needs somebody', async () => {
  const user = await app.newUser();
  expect(await read(user)).toEqual({
    ...{ quiet_from: null, quiet_to: null, urgent_passes: true, time_zone: 'America/New_York' },
    mail: {
      ...{ available: false, address: user.email, confirmed: true, state: 'on', kinds: ['sync.paused'] },
      ...{ digest_at: null, target_id: null, last_delivered_at: null },
    },
    push: { available: false, devices: 0, kinds: [], remind_before: null },
  });
});

it('what is left out stays', async () => {
  const user = await app.newUser();
  await put(user, { mail: { kinds: ['booking.canceled', 'booking.canceled'], digest_at: '08:00' } });
  await put(user, { quiet_from: '22:00', quiet_to: '07:00' });
  const changed = await put(user, { urgent_passes: false });
  expect(changed).toMatchObject({ status: 200 });
  expect(changed.json).toMatchObject({
    ...{ quiet_from: '22:00', quiet_to: '07:00', urgent_passes: false },
    mail: { kinds: ['booking.canceled'], digest_at: '08:00', state: 'on' },
  });
  expect(await read(user)).toEqual(changed.json);
  const off = await put(user, { quiet_from: null, quiet_to: null, mail: { kinds: [], digest_at: null } });
  expect(off.json).toMatchObject({ quiet_from: null, mail: { kinds: [], digest_at: null, state: 'off' } });
});

it.each([
  [{ mail: { kinds: ['sync.completed'] } }],
  [{ mail: { digest_at: '8:00' } }],
  [{ quiet_from: '22:00' }],
  [{ quiet_from: '22:00', quiet_to: '22:00' }],
  [{ quietHours: null }],
])('%j is refused, and nothing is changed', async (body) => {
  const user = await app.newUser();
  const before = await read(user);
  expect((await put(user, body)).json).toMatchObject({ status: 422, code: 'validation_failed' });
  expect(await read(user)).toEqual(before);
});

it('a bounced address stays so until kinds are chosen again', async () => {
  const user = await app.newUser();
  await put(user, { mail: { kinds: ['booking.added'] } });
  await affected(em(), sql`update delivery_targets set disabled_reason = 'gone' where user_id = ${user.id}`);
  expect((await put(user, { urgent_passes: false })).json.mail).toMatchObject({ state: 'bounced' });
  expect((await put(user, { mail: { kinds: ['booking.added'] } })).json.mail).toMatchObject({ state: 'on' });
});

it('a test is written like any other event, and refused where no mail can come', async () => {
  const user = await app.newUser();
  expect((await test(user)).json).toMatchObject({ status: 422, detail: 'This service sends no mail.' });
  app.services.mailer = mailBy('smtp');
  expect((await read(user)).mail).toMatchObject({ available: true, confirmed: false });
  expect((await test(user)).json).toMatchObject({ status: 422, detail: 'Confirm your e-mail address first.' });
  await affected(em(), sql`update users set email_verified = true where id = ${user.id}`);
  expect((await test(user)).status).toBe(202);
  const [sent] = await rows<{ id: string; status: string }>(
    em(),
    sql`select t.id, d.status from deliveries d join delivery_targets t on t.id = d.target_id where d.user_id = ${user.id}`,
  );
  expect(sent!.status).toBe('pending');
  await app.services.background.idle();
  await vi.waitFor(() => expect(temporal.calls).toContain(`deliver ${sent!.id}`));
  expect((await test(user, 'pigeon')).status).toBe(422);
  app.services.mailer = mailBy('none');
});

it('is another’s for nobody else', async () => {
  const [user, other] = [await app.newUser(), await app.newUser()];
  await put(user, { mail: { kinds: ['booking.added'] } });
  expect((await read(other)).mail.kinds).toEqual(['sync.paused']);
});
