/** A dancer with a webhook, two connected calendars, mail and a device, and what each of them was sent. */
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { noticeKinds } from '#domain/notifications.ts';
import { startReceiver, type Call, type Receiver } from '#tests/notifications/receiver.ts';
import type { Browser, PushCall } from '#tests/notifications/push-service.ts';
import { startStandInCalendar, type StandInCalendar } from '#tests/support/stand-in-calendar.ts';
import { until } from '#tests/support/until.ts';
import type { GoogleAsked } from '#tests/support/stand-in-google.ts';
import { settledDancer, type Dancer } from './dancer.ts';
import { connectGoogle, markGoogle, type GoogleReceiver } from './google-receiver.ts';
import type { TestContext } from './test-context.ts';

export type Way = 'webhook' | 'calendar' | 'google' | 'mail' | 'push';

/** What becomes of a request in the place of the usual answer; undefined: the usual answer. */
export interface Strike {
  way: Way;
  /** The first request that is struck, from 1; of mail and push there is one. */
  nth: number;
  /** How many are; default: one. */
  times?: number;
  http?: (response: ServerResponse) => void;
  /** Only such requests count: of Google a method, of the calendar `rewrite`, of what is there already. */
  method?: string;
  /** Google has ended the access that the request came with. */
  revokes?: boolean;
  /** An SMTP answer, as `450 4.2.1 later`, to the address, or to the mail itself. */
  smtp?: string;
  at?: 'data';
  /** The usual answer takes so long. */
  slowMs?: number;
  /** The usual answer comes when this has resolved. */
  hold?: Promise<void>;
}

interface Armed extends Strike {
  seen: number;
  reach(): void;
}

export interface Told {
  dancer: Dancer;
  hook: Receiver;
  webhookId: string;
  calendar: StandInCalendar;
  connectionId: string;
  google: GoogleReceiver;
  /** What the webhook took, in order. */
  taken: Call[];
  /** Message-IDs that came to the address. */
  mails: string[];
  device: Browser;
  /** Ids of the notifications that came to the device. */
  pushed: string[];
  /** An event of the person's own. */
  own: { path: string; text: string };
  strikes: Armed[];
  /** The last event before the case. */
  since: number;
}

const ownEvent = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//own//EN',
  'BEGIN:VEVENT',
  'UID:own@person.example',
  'DTSTAMP:20260101T000000Z',
  'DTSTART:20300101T000000Z',
  'SUMMARY:Dentist',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');

/** What the person gave an event of ours: it has to stay there. */
export const ownMarks = ['X-PERSON:was here', 'COLOR:crimson', 'TRIGGER:-PT25M', 'Bring the red shoes'];

function marked(event: string): string {
  const [mark, color, trigger, note] = ownMarks;
  const alarm = ['BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:Leave', trigger, 'END:VALARM'];
  return event
    .replaceAll(/\r\n[ \t]/g, '')
    .replace(/^DESCRIPTION:.*$/m, (line) => `${line}\\n\\n${note}`)
    .replace('END:VEVENT', [mark, color, ...alarm, 'END:VEVENT'].join('\r\n'));
}

const told = new WeakMap<TestContext, Map<string, Told>>();

/** Closes what {@link toldDancer} opened. */
export async function closeReceivers(context: TestContext): Promise<void> {
  for (const { hook, calendar } of told.get(context)?.values() ?? []) {
    hook.close();
    await calendar.close();
  }
  told.delete(context);
}

/** The dancer of that name, whose calendar is filled and who has been told of everything. */
export async function toldDancer(context: TestContext, name: string, rentals?: number): Promise<Told> {
  const known = told.get(context) ?? new Map<string, Told>();
  told.set(context, known);
  const before = known.get(name);
  if (before) return before;
  const dancer = await settledDancer(context, rentals);
  await context.db.rows('update users set email_verified = true where id = $1', [dancer.id]);
  const one = await connected(context, dancer);
  hear(context, one);
  known.set(name, one);
  context.push.answers((response, call) => answerPush(known.values(), response, call));
  context.google.quirks.answer = (asked, response) => answerGoogle(context, known.values(), asked, response);
  await untilTold(context, one);
  const [path, text] = [...one.calendar.objects].find(([, event]) => event.includes('@gibney-sync'))!;
  one.calendar.objects.set(path, marked(text));
  one.own = { path: `${path.slice(0, path.lastIndexOf('/') + 1)}own.ics`, text: ownEvent };
  one.calendar.objects.set(one.own.path, ownEvent);
  markGoogle(one.google);
  return one;
}

async function connected(context: TestContext, dancer: Dancer): Promise<Told> {
  const device = context.push.subscribe();
  const [hook, calendar] = await Promise.all([startReceiver(), startStandInCalendar({ tls: true })]);
  const made = async (path: string, body: object) => {
    const answer = await dancer.call<{ id: string }>('POST', path, body);
    if (answer.status >= 300) throw new Error(`${path} was answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  };
  const webhookId = await made('/user/webhooks', { url: hook.url, events: [] });
  const connectionId = await made('/user/calendar-connections', { kind: 'caldav', ...calendar.login });
  const google = await connectGoogle(context, dancer);
  await made('/user/push-subscriptions', device);
  await chooseMail(dancer);
  const empty = { taken: [], mails: [], pushed: [], strikes: [], since: 0, own: { path: '', text: '' } };
  return { dancer, hook, webhookId, calendar, connectionId, google, device, ...empty };
}

export async function chooseMail(dancer: Dancer): Promise<void> {
  await dancer.call('PUT', '/user/notifications', { mail: { kinds: [...noticeKinds], digest_at: null } });
}

/** Answers as the strikes say. */
function hear({ mail }: TestContext, one: Told): void {
  const { hook, calendar, dancer, taken, mails } = one;
  hook.answers((response, call) => {
    const strike = struck(one, 'webhook');
    if (strike?.http) return strike.http(response);
    taken.push(call);
    return held(strike).then(() => response.end('thanks'));
  });
  calendar.quirks.answer = async ({ method, headers }, response) => {
    const strike = method === 'PUT' ? struck(one, 'calendar', headers['if-match'] ? 'rewrite' : 'new') : undefined;
    await held(strike);
    strike?.http?.(response);
    return strike?.http !== undefined;
  };
  const { recipient, data } = mail.refuses;
  mail.refuses.recipient = (address) => {
    if (address !== dancer.email) return recipient(address);
    const strike = one.strikes.find(({ way, smtp, at }) => way === 'mail' && smtp !== undefined && at === undefined);
    return strike ? (struck(one, 'mail')?.smtp ?? null) : null;
  };
  mail.refuses.data = async (parsed) => {
    const to = [parsed.to ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address));
    if (!to.includes(dancer.email)) return data(parsed);
    const strike = struck(one, 'mail');
    if (strike?.at === 'data') return strike.smtp!;
    mails.push(parsed.messageId!);
    await strike?.hold;
    return null;
  };
}

/** The push service is one for all. */
async function answerPush(all: Iterable<Told>, response: ServerResponse, { path, message }: PushCall): Promise<void> {
  const one = [...all].find(({ device }) => device.endpoint.endsWith(path));
  const strike = one && struck(one, 'push');
  if (strike?.http) return strike.http(response);
  one?.pushed.push(message.notification.data.id);
  await held(strike);
  response.writeHead(201).end();
}

/** Writes of events are what is struck; true where it has answered. */
async function answerGoogle(
  { google }: TestContext,
  all: Iterable<Told>,
  asked: GoogleAsked,
  response: ServerResponse,
): Promise<boolean> {
  const one = [...all].find((each) => each.google.isAsked(asked));
  const strike = one && asked.method !== 'GET' ? struck(one, 'google', asked.method) : undefined;
  await held(strike);
  if (strike?.revokes) google.revoke(asked);
  strike?.http?.(response);
  return strike?.http !== undefined;
}

/** What was told until now is not looked at again. */
export async function beginCase({ db }: TestContext, one: Told): Promise<void> {
  for (const list of [one.strikes, one.taken, one.mails, one.pushed]) list.length = 0;
  const [newest] = await db.rows<{ seq: number }>(
    'select coalesce(max(seq), 0)::int as seq from events where user_id = $1',
    [one.dancer.id],
  );
  one.since = newest!.seq;
}

async function held(strike: Strike | undefined): Promise<void> {
  await strike?.hold;
  if (strike?.slowMs) await pause(strike.slowMs); // that is the fault
}

/** The strike that this request is for, if any. */
function struck({ strikes }: Told, way: Way, by?: string): Armed | undefined {
  const armed = strikes.find(({ way: struckWay, method = by }) => struckWay === way && method === by);
  if (!armed) return undefined;
  armed.seen += 1;
  const { seen, nth, times = 1 } = armed;
  if (seen < nth || seen >= nth + times) return undefined;
  armed.reach();
  return armed;
}

/** The answer resolves when the first request is struck. */
export function arm({ strikes }: Told, strike: Strike): Promise<void> {
  return new Promise((reach) => strikes.push({ ...strike, seen: 0, reach }));
}

interface PushState {
  state: string;
  pending: number;
  refused: number;
  error: string | null;
}

export async function calendarOf({ dancer }: Told, connectionId: string): Promise<PushState> {
  return (await dancer.call<PushState>('GET', `/user/calendar-connections/${connectionId}`)).body;
}

const untoldLimitMs = 180_000;

/** Nothing waits any more, by any way. Throws with what does, and why. */
export async function untilTold(context: TestContext, one: Told, limitMs = untoldLimitMs): Promise<void> {
  let waiting = '';
  const isTold = async () => {
    const pending = await context.db.rows<Record<string, unknown>>(
      `select t.channel, count(*)::int, min(d.next_at) as "nextAt", max(d.attempts -> -1 ->> 'error') as error
       from deliveries d join delivery_targets t on t.id = d.target_id
       where d.user_id = $1 and d.status = 'pending' group by t.channel`,
      [one.dancer.id],
    );
    const calendars = await Promise.all(
      [one.connectionId, one.google.connectionId].map(async (id) => {
        const { state, pending: behind } = await calendarOf(one, id);
        return { state, behind };
      }),
    );
    waiting = JSON.stringify({ pending, calendars });
    return pending.length === 0 && calendars.every(({ state, behind }) => state === 'ok' && behind === 0);
  };
  await until('a dancer is told of everything', isTold, limitMs).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; ${waiting}`, { cause: error });
  });
}
