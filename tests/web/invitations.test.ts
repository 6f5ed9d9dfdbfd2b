/** How somebody comes to see a group's rentals: invited by mail, with the address that it went to. */
import { afterAll, expect, it } from 'vitest';
import { useApp, type TestUser } from './support/app.ts';
import { startMailSink, tokenIn } from './support/mail-sink.ts';

const mailbox = await startMailSink();
afterAll(() => mailbox.close());
const app = await useApp({ env: { SMTP_URL: mailbox.url, MAIL_FROM: 'sync@example.test' } });

const subject = 'shares studio rentals with you';
let count = 0;

/** An account whose address is confirmed, unless said otherwise. */
async function person({ confirmed = true } = {}): Promise<TestUser> {
  const user = await app.newUser(`person-${++count}@example.test`);
  if (confirmed) await app.database.query('update users set email_verified = true where id = $1', [user.id]);
  return user;
}

async function troupe() {
  const owner = await person();
  const { json } = await app.call('POST', '/api/v1/groups', { token: owner.token, body: { name: `Troupe ${count}` } });
  const path = `/api/v1/groups/${json.id}`;
  const invite = (email: string, role = 'viewer') =>
    app.call('POST', `${path}/invitations`, { token: owner.token, body: { email, role } });
  const people = async () => (await app.call('GET', path, { token: owner.token })).json;
  return { owner, id: json.id as string, path, invite, people };
}

const mailedToken = async (email: string) => tokenIn(await mailbox.mailTo(email, subject));
const accept = ({ token }: TestUser, invited: string) =>
  app.call('POST', '/api/v1/user/invitations/accept', { token, body: { token: invited } });

it('an invited person accepts once, with the role that was offered, and may leave', async () => {
  const { id, path, invite, people } = await troupe();
  const member = await person();
  expect((await invite(` ${member.email.toUpperCase()} `, 'editor')).status).toBe(201);
  const token = await mailedToken(member.email);
  expect((await accept(member, token)).json).toEqual({ group_id: id });
  expect((await accept(member, token)).json).toMatchObject({ code: 'invalid_link' });
  expect(await people()).toMatchObject({
    member_list: [{ user_id: member.id, email: member.email, role: 'editor' }],
    invitations: [],
  });
  const own = { token: member.token };
  expect((await app.call('GET', path, own)).json).toMatchObject({ role: 'editor', member_list: [] });
  expect((await app.call('DELETE', `${path}/members/${member.id}`, own)).status).toBe(204);
  expect((await app.call('GET', path, own)).status).toBe(404);
});

it('an account may be made after the invitation, which then waits for its address to be confirmed', async () => {
  const { invite } = await troupe();
  const email = `person-${count + 1}@example.test`;
  const answer = await invite(email);
  const member = await person({ confirmed: false });
  expect(member.email).toBe(email);
  const token = await mailedToken(email);
  const offers = async () => (await app.call('GET', '/api/trpc/groups.offers', { token: member.token })).json;
  expect((await offers()).result.data).toEqual([]);
  expect((await accept(member, token)).json).toMatchObject({ status: 403, code: 'email_unconfirmed' });
  await app.database.query('update users set email_verified = true where id = $1', [member.id]);
  expect((await offers()).result.data).toMatchObject([{ id: answer.json.id, email }]);
  expect((await accept(member, token)).status).toBe(200);
});

it('the answer is the same whether the address has an account or not', async () => {
  const { invite } = await troupe();
  const known = await person();
  const shapes = await Promise.all(
    [known.email, 'nobody-knows@example.test'].map(async (email) => {
      const { status, json } = await invite(email);
      return [status, Object.keys(json), json.role];
    }),
  );
  expect(shapes[0]).toEqual(shapes[1]);
});

it('a link does nothing in another account, and says which one it is for', async () => {
  const { owner, invite } = await troupe();
  const [member, other] = [await person(), await person()];
  const { json } = await invite(member.email);
  const token = await mailedToken(member.email);
  const refused = await accept(other, token);
  expect(refused.json).toMatchObject({ status: 403, code: 'wrong_account' });
  expect(refused.json.detail).toContain(member.email);
  expect(refused.json.detail).toContain(owner.email);
  const byId = await app.call('POST', '/api/trpc/groups.accept', { token: other.token, body: { id: json.id } });
  expect(byId.text).toContain('"reason":"invalid_link"');
  expect(byId.text).not.toContain(member.email);
  expect((await accept(member, token)).status).toBe(200);
});

it('a second invitation takes the place of the first, one taken back opens nothing, and neither do old ones', async () => {
  const { owner, path, invite, people } = await troupe();
  const member = await person();
  await invite(member.email);
  const first = await mailedToken(member.email);
  mailbox.mails.length = 0;
  const { json } = await invite(member.email, 'editor');
  const second = await mailedToken(member.email);
  expect((await people()).invitations).toMatchObject([{ id: json.id, role: 'editor' }]);
  expect((await accept(member, first)).json).toMatchObject({ code: 'invalid_link' });
  await app.database.query(`update group_invitations set expires_at = now() where id = $1`, [json.id]);
  expect((await accept(member, second)).json).toMatchObject({ code: 'invalid_link' });
  mailbox.mails.length = 0;
  const { json: third } = await invite(member.email);
  const token = await mailedToken(member.email);
  await app.call('DELETE', `${path}/invitations/${third.id}`, { token: owner.token });
  expect((await accept(member, token)).json).toMatchObject({ code: 'invalid_link' });
});

it('nobody is invited twice, nor by who has not confirmed an address', async () => {
  const { owner, invite } = await troupe();
  expect((await invite(owner.email)).json).toMatchObject({
    code: 'validation_failed',
    errors: { email: [expect.any(String)] },
  });
  const member = await person();
  await invite(member.email);
  await accept(member, await mailedToken(member.email));
  expect((await invite(member.email)).json).toMatchObject({ code: 'validation_failed' });
  await app.database.query('update users set email_verified = false where id = $1', [owner.id]);
  expect((await invite('someone@example.test')).json).toMatchObject({ code: 'email_unconfirmed' });
});
