/** Mail by a real SMTP server: what is in it, and what a refusal leads to. */

import { describe, expect, it } from 'vitest';

import { assignByHand } from '#db/queries/assign-groups.ts';
import { notePushFailure, readPushTarget, reviveConnection } from '#db/queries/calendar-connections.ts';
import { sendAgain } from '#db/queries/deliveries.ts';
import { writeEmail } from '#db/queries/credentials.ts';
import { writePausedEvent, writeTestEvent } from '#db/queries/events.ts';
import { insertGroup } from '#db/queries/groups.ts';
import { readNoticeChoices, turnMailOff } from '#db/queries/notices.ts';

import { refusalOf } from '#notifications/mail/refusals.ts';
import { readUnsubscribe } from '#notifications/mail/unsubscribe.ts';
import { createMailer } from '#notifications/mailer.ts';
import { affected, firstRow, sql } from '../support/sql.ts';
import { addCalendar } from '../db/calendars.ts';
import { rental, secrets, syncList, textWith } from '../db/fixtures.ts';
import { startRelay } from '../support/relay.ts';

import { beAnother, channelBy, choose, deliver, em, hurry, log, publicUrl, settings, sink, userId } from './mailing.ts';

const start = new Date('2030-06-01T22:00:00Z');
const at = (hours: number) => new Date(start.getTime() + hours * 3_600_000);

describe('a mail', () => {
  it('says what changed in its subject, and holds it as text, as HTML and as a calendar file', async () => {
    await syncList(em(), userId, [rental('a', { startsAt: start, studio: 'Studio 3' })]);
    const id = await choose();
    await syncList(em(), userId, [rental('a', { startsAt: at(1), studio: 'Studio 3', name: '<b>R & B</b>' })]);
    await deliver(id);
    const [mail, ...rest] = sink.mails;
    expect(rest).toEqual([]);
    const { parsed, subject, text } = mail!;
    expect(subject).toBe('Moved: Sat, Jun 1 6:00 PM → 7:00 PM, Studio 3');
    expect(text).toContain('Saturday, June 1, 2030, 7:00 PM to 8:00 PM (before: Saturday, June 1, 2030, 6:00 PM');
    expect(parsed.html).toContain('&lt;b&gt;R &amp; B&lt;/b&gt;');
    expect(parsed.html).not.toContain('<b>R');
    expect(parsed.html).toContain('color-scheme');
    const [file] = parsed.attachments;
    expect(file).toMatchObject({ filename: 'rentals.ics', contentType: 'text/calendar' });
    const events = file!.content.toString();
    const { bookingId } = (await log())[0]!;
    expect(events).toContain(`UID:${bookingId}@gibney-sync\r\nSEQUENCE:1\r\n`);
    expect(events).toContain('DTSTART;TZID=America/New_York:20300601T190000');
    expect(events).toContain('METHOD:PUBLISH');
    expect(text).toContain(`${publicUrl}/bookings/${bookingId}`);
  });

  it('can be ended by one click: both headers name a link that only we could have made', async () => {
    const id = await choose();
    await syncList(em(), userId, [rental('a')]);
    await deliver(id);
    const headers = sink.mails[0]!.parsed.headerLines.map(({ line }) => line.replaceAll(/\r?\n\s*/g, ' '));
    expect(headers).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    const link = headers.find((line) => line.startsWith('List-Unsubscribe: '))!;
    const [, token] = /<https:\/\/rentals\.test\/unsubscribe\/([^/>]+)\/one-click>/.exec(link)!;
    expect(readUnsubscribe(secrets, token!)).toBe(id);
    expect(readUnsubscribe(secrets, `${token!.slice(0, -3)}AAA`)).toBeNull();
    await turnMailOff(em(), id);
    await syncList(em(), userId, []);
    expect(await deliver(id)).toEqual({ waitMs: null });
    expect(sink.mails).toHaveLength(1);
  });

  it('tells of all that a sync found in one, the rentals of which are all in its calendar file', async () => {
    const id = await choose();
    await syncList(em(), userId, [rental('a'), rental('b'), rental('c')]);
    await deliver(id);
    expect(sink.mails.map(({ subject }) => subject)).toEqual([expect.stringMatching(/^3 changes: New: /)]);
    expect(sink.mails[0]!.parsed.attachments[0]!.content.toString().match(/BEGIN:VEVENT/g)).toHaveLength(3);
    expect((await log()).map(({ status, event }) => [status, event])).toEqual(
      Array(3).fill(['delivered', 'booking.added']),
    );
  });

  it('has a calendar file for members of a group, too, with what they may see', async () => {
    await syncList(em(), userId, [rental('a', { startsAt: start }), rental('b')]);
    const ownerId = userId;
    const { id: groupId } = (await insertGroup(em(), ownerId, { name: 'Swan', payer: '' }, 10)) as { id: string };
    const shared = await firstRow<{ id: string }>(
      em(),
      sql`select id from bookings where user_id = ${ownerId} and record_id = 'a'`,
    );
    await assignByHand(em(), ownerId, shared!.id, groupId);
    await beAnother();
    await affected(
      em(),
      sql`insert into group_members (group_id, user_id, role) values (${groupId}, ${userId}, 'viewer')`,
    );
    const id = await choose();
    await syncList(em(), ownerId, [
      rental('a', { startsAt: at(1), priceCents: 7_777 }),
      rental('b', { studio: 'Studio 9' }),
    ]);
    await deliver(id);
    const file = sink.mails[0]!.parsed.attachments[0]!.content.toString();
    expect(file).toContain(`UID:${shared!.id}@gibney-sync`);
    expect(file).toContain('DTSTART;TZID=America/New_York:20300601T190000');
    expect(file.match(/BEGIN:VEVENT/g)).toHaveLength(1);
    expect(file).not.toContain('77.77');
    expect(file).not.toContain('portal.test');
  });

  it('is not sent of what was not chosen, but where syncing needs somebody', async () => {
    await syncList(em(), userId, [rental('a')]);
    await writePausedEvent(em(), userId, { pausedReason: 'user' });
    expect(await log()).toEqual([]);
    const [id] = await writePausedEvent(em(), userId, { pausedReason: 'invalid_credentials' });
    await deliver(id!);
    expect(sink.mails[0]!.subject).toBe('Syncing is paused and needs you');
    await choose({ kinds: [] });
    expect(await writePausedEvent(em(), userId, { pausedReason: 'invalid_credentials' })).toEqual([]);
  });

  it('says who paused where that was an operator', async () => {
    const [id] = await writePausedEvent(em(), userId, { pausedReason: 'user', pausedBy: 'operator' });
    await deliver(id!);
    expect(sink.mails[0]!.subject).toBe('Syncing was paused for you');
    expect(sink.mails[0]!.text).toContain('The people who run this service paused syncing.');
  });

  it('says first where a calendar needs somebody, with the way there', async () => {
    const id = await choose({ digestAt: '08:00' });
    const calendarId = await addCalendar(em(), userId);
    await syncList(em(), userId, [rental('a')]);
    await notePushFailure(em(), (await readPushTarget(em(), calendarId))!, 'credentials_refused');
    await deliver(id);
    expect(sink.mails.map(({ subject }) => subject)).toEqual(['Calendar Rentals needs you']);
    expect(sink.mails[0]!.text).toContain('did not accept the app password');
    expect(sink.mails[0]!.text).toContain(`Show my calendars: ${publicUrl}/calendar`);
    await reviveConnection(em(), secrets, { userId, id: calendarId });
    await notePushFailure(em(), (await readPushTarget(em(), calendarId))!, 'calendar_gone');
    await hurry(id);
    await deliver(id);
    expect(sink.mails[1]!.subject).toBe('2 notices: Calendar Rentals needs you');
    expect(sink.mails[1]!.text).toContain(`${publicUrl}/calendar`);
    expect(sink.mails[1]!.text).toContain('New: ');
  });

  it('goes to no address that is not confirmed, nor where there is no mail; that counts against nobody', async () => {
    const id = await choose();
    await syncList(em(), userId, [rental('a')]);
    await deliver(id, { way: 'none', send: () => Promise.reject(new Error('none')), close: () => {} });
    await affected(em(), sql`update users set email_verified = false where id = ${userId}`);
    await syncList(em(), userId, [rental('a'), rental('b')]);
    await deliver(id);
    expect(sink.mails).toEqual([]);
    expect((await log()).map(({ status }) => status)).toEqual(['given_up', 'given_up']);
    expect((await readNoticeChoices(em(), userId))!.target).toMatchObject({ failures: 0, disabledReason: null });
  });
});

describe('a mail server', () => {
  it('that is not ready gets the same message again, and nothing that came later before it', async () => {
    const id = await choose();
    const ids: (string | undefined)[] = [];
    await syncList(em(), userId, [rental('a')]);
    sink.refuses.recipient = () => '450 4.2.1 The mailbox is busy';
    expect((await deliver(id)).waitMs).toBeGreaterThan(0);
    expect((await log())[0]!.attempts).toMatchObject([{ responseStatus: 450, answer: textWith('busy') }]);
    await syncList(em(), userId, [rental('a', { studio: 'Studio 9' })]);
    expect((await deliver(id)).waitMs).toBeGreaterThan(0);
    sink.refuses.recipient = () => null;
    await hurry(id);
    await deliver(id);
    for (const { parsed, subject } of sink.mails) ids.push(parsed.messageId, subject.split(':')[0]);
    expect(ids).toEqual([expect.any(String), 'New', expect.any(String), 'New studio']);
    expect(ids[0]).not.toBe(ids[2]);
    expect((await log()).every(({ status }) => status === 'delivered')).toBe(true);
  });

  it('that refuses the address for good ends mail until the address is another one', async () => {
    const id = await choose();
    await syncList(em(), userId, [rental('a')]);
    sink.refuses.recipient = () => '550 5.1.1 No such user';
    expect(await deliver(id)).toMatchObject({ waitMs: null });
    expect((await readNoticeChoices(em(), userId))!.target!.disabledReason).toBe('gone');
    expect((await log())[0]).toMatchObject({ status: 'given_up', attempts: [{ responseStatus: 550 }] });
    await writeEmail(em(), userId, `${id}@example.test`, true);
    sink.refuses.recipient = () => null;
    await syncList(em(), userId, [rental('a'), rental('b')]);
    await deliver(id);
    expect(sink.mails.map(({ to }) => to)).toEqual([`${id}@example.test`]);
  });

  it.each([
    ['has something against our server', '550 5.7.1 Relaying denied', undefined],
    ['refuses our sender', '553 5.1.8 Sender address does not exist', undefined],
    ['blocks us without saying more', '550 blocked using a list', undefined],
    ['does not relay for us', '550 relay not permitted for this user', undefined],
    ['refuses all mail for now', null, '451 4.3.0 Try again later'],
    ['finds our records wrong', null, '550 5.7.26 This mail is unauthenticated, set up SPF or DKIM'],
    ['lets us send no more', null, '554 Message rejected: Sending suspended for this account'],
    ['objects to the mail without saying more', null, '550 Message rejected as spam'],
    ['lacks rights for us', '550 5.4.1 Relay access denied', undefined],
  ])('that %s says nothing about the address', async (_, recipient, data) => {
    const id = await choose();
    await syncList(em(), userId, [rental('a')]);
    sink.refuses.recipient = () => recipient;
    sink.refuses.data = () => data ?? null;
    await deliver(id);
    expect((await log())[0]).toMatchObject({ status: 'pending' });
    expect((await readNoticeChoices(em(), userId))!.target).toMatchObject({ failures: 0, disabledReason: null });
  });

  it('that has something against our server may need several lines for it', () => {
    const response = '550-5.7.26 This mail is unauthenticated.\r\n550 5.7.26 Set up SPF or DKIM.';
    const refused = refusalOf(Object.assign(new Error(), { responseCode: 550, response, command: 'DATA' }));
    expect(refused).toMatchObject({ ours: true });
    expect(refused).not.toHaveProperty('abort');
  });

  it.each([
    ['550 5.1.1 No such user', null],
    ['550 Requested action not taken: mailbox unavailable', null],
    ['550 User unknown in virtual mailbox table', null],
    ['550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).', null],
    [
      '550 5.4.1 Recipient address rejected: Access denied. [BN8NAM11FT066.eop-nam11.prod.protection.outlook.com]',
      null,
    ],
    [null, '550 5.1.1 The account does not exist'],
  ])('that answers %s, or %s to the mail itself, has no such address', async (recipient, data) => {
    const id = await choose();
    await syncList(em(), userId, [rental('a')]);
    Object.assign(sink.refuses, { recipient: () => recipient, data: () => data });
    await deliver(id);
    expect((await readNoticeChoices(em(), userId))!.target!.disabledReason).toBe('gone');
  });

  it.each([
    ['552 5.2.2 The mailbox is full', null],
    ['552 Requested mail action aborted: exceeded storage allocation', null],
    ['550 5.2.1 The account is inactive', null],
    [null, '552 5.2.2 The user is over quota'],
  ])('that answers %s, or %s to the mail itself, is asked again about that address', async (recipient, data) => {
    const id = await choose();
    await syncList(em(), userId, [rental('a')]);
    Object.assign(sink.refuses, { recipient: () => recipient, data: () => data });
    expect((await deliver(id)).waitMs).toBeGreaterThan(0);
    expect((await log())[0]).toMatchObject({ status: 'pending' });
    expect((await readNoticeChoices(em(), userId))!.target).toMatchObject({ failures: 1, disabledReason: null });
  });

  it.each(['550 5.7.1 Looks like spam', '554 Message rejected'])(
    'that answers %s to one mail alone is asked ever less often, and gets what came later meanwhile',
    async (answer) => {
      const id = await choose();
      await syncList(em(), userId, [rental('a')]);
      sink.refuses.data = ({ subject }) => (subject!.startsWith('New:') ? answer : null);
      await deliver(id);
      await syncList(em(), userId, [rental('a', { studio: 'Studio 9' })]);
      await hurry(id);
      await deliver(id);
      expect(sink.mails).toEqual([]);
      await hurry(id);
      const { waitMs } = await deliver(id);
      expect(sink.mails.map(({ subject }) => subject)).toEqual([textWith('New studio')]);
      expect(waitMs).toBeGreaterThan(1_700_000);
      expect((await log()).map(({ status, attempts }) => [status, attempts.length])).toEqual([
        ['delivered', 1],
        ['pending', 3],
      ]);
      expect((await readNoticeChoices(em(), userId))!.target).toMatchObject({ failures: 0, disabledReason: null });
    },
  );

  it('that is away for long gets what came first first', async () => {
    const id = await choose();
    await syncList(em(), userId, [rental('a')]);
    sink.refuses.data = () => '451 4.3.0 Try again later';
    for (const _ of Array(4)) {
      await hurry(id);
      await deliver(id);
    }
    await syncList(em(), userId, [rental('a', { studio: 'Studio 9' })]);
    sink.refuses.data = () => null;
    await deliver(id);
    expect(sink.mails).toEqual([]);
    await hurry(id);
    await deliver(id);
    expect(sink.mails.map(({ subject }) => subject.split(':')[0])).toEqual(['New', 'New studio']);
  });

  it('that refuses the mail for what is in it is not asked again', async () => {
    const id = await choose();
    await syncList(em(), userId, [rental('a')]);
    sink.refuses.data = () => '552 5.3.4 Message size exceeds fixed limit';
    await deliver(id);
    expect((await log())[0]).toMatchObject({ status: 'given_up' });
    expect((await readNoticeChoices(em(), userId))!.target).toMatchObject({ failures: 0, disabledReason: null });
  });

  it('that is cut off when it has the mail may have taken it: it is the same one, and the log says so', async () => {
    const id = await choose();
    await syncList(em(), userId, [rental('a')]);
    const relay = await startRelay(sink.url.replace('smtp:', 'http:'));
    const byRelay = createMailer({ ...settings, SMTP_URL: relay.url.replace('http:', 'smtp:') });
    const kept: (string | undefined)[] = [];
    sink.refuses.data = ({ messageId }) => {
      kept.push(messageId);
      relay.cut();
      return null;
    };
    await deliver(id, byRelay);
    expect((await log())[0]).toMatchObject({ status: 'pending', attempts: [{ error: textWith('may come twice') }] });
    sink.refuses.data = () => null;
    await hurry(id);
    await deliver(id);
    expect(kept).toEqual([sink.mails.at(-1)!.parsed.messageId]);
    expect((await log())[0]!.attempts.at(-1)!.answer).toContain('it may have come twice');
    byRelay.close();
    await relay.close();
  });

  // One answer that was waited for to its end would outlast the test.
  it(
    'that says nothing keeps no place for long, and gets nothing later that was given up',
    { timeout: 50_000 },
    async () => {
      const relay = await startRelay(sink.url.replace('smtp:', 'http:'));
      relay.swallow();
      const patience = { answerMs: 60_000, mailMs: 1_000 };
      const silent = createMailer({ ...settings, SMTP_URL: relay.url.replace('http:', 'smtp:') }, patience);
      const send = channelBy(silent);
      const targets: string[] = [];
      for (const _ of Array(8)) {
        await beAnother();
        targets.push(await choose());
        await syncList(em(), userId, [rental('a')]);
      }
      await Promise.all(targets.map((id) => send(id)));
      for (const id of targets) await hurry(id);
      await Promise.all(targets.map((id) => send(id)));
      const asked = relay.connections();
      expect(asked).toBeLessThanOrEqual(6);
      expect((await log())[0]).toMatchObject({
        attempts: [{ error: textWith('could not be reached') }, { error: textWith('could not be reached') }],
      });
      relay.open();
      for (const id of targets) {
        await hurry(id);
        await send(id);
      }
      expect(sink.mails).toHaveLength(8);
      expect((await log())[0]).toMatchObject({ status: 'delivered' });
      silent.close();
      await relay.close();
    },
  );

  it('that cannot write to such an address is no server that is away', async () => {
    const id = await choose();
    await affected(em(), sql`update delivery_targets set address = ${'a b <'} where id = ${id}`);
    await syncList(em(), userId, [rental('a')]);
    expect(await deliver(id)).toEqual({ waitMs: null });
    expect((await log())[0]).toMatchObject({ status: 'given_up', attempts: [{ error: textWith('such an address') }] });
  });

  it('that took a mail before a worker died gets the same message again, and the log says so', async () => {
    const id = await choose();
    await syncList(em(), userId, [rental('a')]);
    await deliver(id);
    // As where the worker did not come to write it down.
    const lost = sql`update deliveries set status = 'pending', done_at = null, attempts = '[]', sending_since = now(), next_at = now()
      where target_id = ${id}`;
    await affected(em(), lost);
    await deliver(id);
    const [first, second] = sink.mails.map(({ parsed }) => parsed.messageId);
    expect(second).toBe(first);
    expect((await log())[0]!.attempts[0]!.answer).toContain('it may have come twice');
    // What a person asks for is a message of its own: mail programs hide one that they know.
    await sendAgain(em(), userId, (await log())[0]!.id);
    await deliver(id);
    expect(sink.mails[2]!.parsed.messageId).not.toBe(first);
  });
});

it('what waits in a message is sent again with all that is in it', async () => {
  const id = await choose();
  const away = createMailer({
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'a <a@b.test>',
    LOCAL_MODE: false,
    DATA_DIR: '',
  });
  await syncList(em(), userId, [rental('a'), rental('b'), rental('c')]);
  await deliver(id, away);
  away.close();
  expect((await deliver(id)).waitMs).toBeGreaterThan(0);
  await sendAgain(em(), userId, (await log())[1]!.id);
  expect(await deliver(id)).toEqual({ waitMs: null });
  expect(sink.mails).toHaveLength(1);
  expect((await log()).map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered']);
});

it('a test goes the same way at once, also where mail is off, and a refusal of it counts for nothing', async () => {
  const id = await choose({ kinds: [], digestAt: '08:00', quiet: { from: '00:00', to: '23:59' } });
  const test = () => writeTestEvent(em(), { userId, targetId: id, data: { message: 'Hello.' } });
  await test();
  await deliver(id);
  expect(sink.mails.map(({ subject }) => subject)).toEqual(['This is a test']);
  sink.refuses.recipient = () => '550 5.1.1 No such user';
  await choose();
  await test();
  await deliver(id);
  expect((await log())[0]).toMatchObject({ status: 'given_up', event: 'test' });
  expect((await readNoticeChoices(em(), userId))!.target).toMatchObject({ disabledReason: null, failures: 0 });
});
