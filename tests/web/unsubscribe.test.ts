/** The end of mails by whoever has one: by a mail program's own button, and by a person. */
import { expect, it } from 'vitest';
import { readNoticeChoices, writeNoticeChoices } from '#db/queries/notices.ts';
import { mailOfLink, unsubscribe } from '#lib/server/notices/unsubscribe.ts';
import { unsubscribeUrlOf } from '#notifications/mail/unsubscribe.ts';
import { useApp } from './support/app.ts';

const app = await useApp();
const em = () => app.services.orm.em.fork();

async function subscriber() {
  const user = await app.newUser();
  const choice = { kinds: ['booking.added' as const], digestAt: null, quiet: null, urgentPasses: true };
  const id = (await writeNoticeChoices(em(), user.id, choice))[0]!;
  const link = unsubscribeUrlOf(app.services.secrets, '', id);
  const kinds = async () => (await readNoticeChoices(em(), user.id))!.kinds;
  return { user, link, token: link.split('/').at(-1)!, kinds };
}

const form = { body: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } };

it('one call of a mail program ends them, without a session and however often it comes', async () => {
  const { link, kinds } = await subscriber();
  for (let count = 0; count < 2; count++) {
    expect((await app.call('POST', `${link}/one-click`, form)).status).toBe(204);
    expect(await kinds()).toEqual([]);
  }
});

it('a link that we did not make ends nothing', async () => {
  const [one, other] = [await subscriber(), await subscriber()];
  const forged = `/unsubscribe/${one.token.slice(0, -4)}AAAA/one-click`;
  expect((await app.call('POST', forged, form)).status).toBe(404);
  expect((await app.call('POST', `/unsubscribe/${one.user.id}/one-click`, form)).status).toBe(404);
  await unsubscribe(app.services, one.token);
  expect(await other.kinds()).toEqual(['booking.added']);
});

it('the page names the address, and a look at it changes nothing', async () => {
  const { user, token, kinds } = await subscriber();
  expect(await mailOfLink(app.services, token)).toBe(user.email);
  expect(await kinds()).toEqual(['booking.added']);
  expect(await mailOfLink(app.services, 'v1.test.a.b.c')).toBeNull();
});

it('what is left out of a choice stays as it is by then, whoever chose it', async () => {
  const { id } = await app.newUser();
  const quiet = { from: '22:00', to: '07:00' };
  await writeNoticeChoices(em(), id, { digestAt: '08:00', quiet, urgentPasses: false, remindBefore: '1h' });
  await writeNoticeChoices(em(), id, {});
  const kept = { digestAt: '08:00', quiet, urgentPasses: false, remindBefore: '1h' };
  expect(await readNoticeChoices(em(), id)).toMatchObject(kept);
  await writeNoticeChoices(em(), id, { quiet: null });
  expect(await readNoticeChoices(em(), id)).toMatchObject({ ...kept, quiet: null });
});
