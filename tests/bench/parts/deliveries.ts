/** From the end of a sync that found a change until the calendar, the device and the mailbox have it. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { CalendarConnectionView } from '#domain/shapes/calendar-connections.ts';
import { connectControl } from '../../portal/control-client.ts';
import { pythonCalendars, startCalendarServer, type CalendarServer } from '../../support/calendar-servers.ts';
import { startStack, type Stack } from '../../support/stack.ts';
import { until } from '../../support/until.ts';
import { startPushService, type PushService } from '../../notifications/push-service.ts';
import { startMailSink, type MailSink } from '../../web/support/mail-sink.ts';
import { benchEnv, expectRows, newDancer, noDelays, portalPassword, say, type Settings } from '../bench.ts';
import type { Figure, PartResult } from '../figures.ts';
import type { Dancer } from '../service.ts';

const part = 'deliveries';
/** As the issue of the figures wants it: the median of so many. */
const changes = 20;
const pollMs = 20;
const hearLimitMs = 60_000;

interface Place {
  stack: Stack;
  calendar: CalendarServer;
  mail: MailSink;
  push: PushService;
}

export async function delivering({ rounds }: Settings): Promise<PartResult> {
  const site = await pythonCalendars();
  if (site === null) return { figures: [] }; // said already
  const mail = await startMailSink();
  const push = await startPushService({ plain: true });
  const folder = mkdtempSync(join(tmpdir(), 'gibney-sync-bench-'));
  const calendar = await startCalendarServer('radicale', site, folder);
  const env = { ...benchEnv, SMTP_URL: mail.url, OUTBOUND_ALLOW: '127.0.0.1' };
  const stack = await startStack({ env });
  try {
    return { figures: await measure({ stack, calendar, mail, push }, Math.max(rounds, changes)) };
  } finally {
    await stack.stop();
    await calendar.stop();
    await mail.close();
    push.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure({ stack, calendar, mail, push }: Place, count: number): Promise<Figure[]> {
  const portal = connectControl(stack.portalUrl);
  const dancer = await newDancer({ portal, stack }, 'bench-told@example.com', 50);
  await portal.setDelays(noDelays, dancer.username);
  await expectRows(dancer.connect(portalPassword), 50);
  const eventUrl = await connectAll(dancer, stack, calendar, push);
  const [rental] = (await portal.rentals(dancer.username)).filter(({ status }) => status !== 'Canceled').slice(-1);
  const { bookings } = await dancer.call<{ bookings: { id: string; record_id: string }[] }>(
    'GET',
    '/user/bookings?limit=100',
  );
  const { id } = bookings.find(({ record_id: recordId }) => recordId === rental!.recordId)!;
  const found: Record<'calendar' | 'push' | 'mail', number[]> = { calendar: [], push: [], mail: [] };
  for (let round = 0; round < count; round += 1) {
    if (round % 5 === 0) say(`told of a change: ${round} of ${count}`);
    const studio = `Studio ${randomUUID().slice(0, 8)}`;
    const [mails, pushed] = [mail.mails.length, push.calls.length];
    await portal.updateRental(dancer.username, rental!.recordId, { studio });
    const arrived = Promise.all([
      seen('the event', async () => (await eventUrl(id)).includes(studio)),
      seen('the push', () => Promise.resolve(push.calls.length > pushed)),
      seen('the mail', () => Promise.resolve(mail.mails.length > mails)),
    ]);
    const { job } = await dancer.sync();
    const ended = Date.parse(job.completedAt!);
    const [inCalendar, onDevice, inMailbox] = await arrived;
    found.calendar.push(inCalendar - ended);
    found.push.push(onDevice - ended);
    found.mail.push(inMailbox - ended);
  }
  dancer.close();
  const titles = {
    calendar: 'the event in Radicale',
    push: 'the push at its service',
    mail: 'the mail in its mailbox',
  };
  return Object.entries(titles).map(([way, title]) => ({
    id: `deliveries.${way}`,
    part,
    title: `End of a sync to ${title}`,
    unit: 'ms',
    better: 'lower',
    ours: found[way as keyof typeof titles],
    goal: { value: 5_000 },
  }));
}

/** The answer reads the event of a booking. */
async function connectAll(dancer: Dancer, stack: Stack, { login }: CalendarServer, push: PushService) {
  await verifyAddress(stack.databaseUrl, dancer.username);
  const connection = await dancer.call<CalendarConnectionView>('POST', '/user/calendar-connections', {
    kind: 'caldav',
    ...login,
  });
  await dancer.call('POST', '/user/push-subscriptions', push.subscribe());
  await dancer.call('PUT', '/user/notifications', { mail: { kinds: ['booking.changed'], digest_at: null } });
  const stateOf = () =>
    dancer.call<{ state: string; pending: number; calendar_url: string }>(
      'GET',
      `/user/calendar-connections/${connection.id}`,
    );
  await until(
    'the calendar is filled',
    async () => {
      const { state, pending } = await stateOf();
      return state === 'ok' && pending === 0;
    },
    hearLimitMs,
  );
  const { calendar_url: url } = await stateOf();
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  return async (bookingId: string) =>
    (await (await fetch(new URL(`${bookingId}.ics`, url), { headers: { authorization } })).text()).replaceAll(
      /\r\n[ \t]/g,
      '',
    );
}

/** Whoever follows a link in a mail does this. */
async function verifyAddress(databaseUrl: string, email: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('update users set email_verified = true where email = $1', [email]);
  await client.end();
}

/** When it was so first. */
async function seen(what: string, look: () => Promise<boolean>): Promise<number> {
  const limit = Date.now() + hearLimitMs;
  while (!(await look())) {
    if (Date.now() > limit) throw new Error(`${what} did not come`);
    await pause(pollMs);
  }
  return Date.now();
}
