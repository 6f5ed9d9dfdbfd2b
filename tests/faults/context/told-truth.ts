/** What must hold for what a dancer was told since a case began, whatever happened before: each function says what does not, in words. */
import { googleProblems } from './google-receiver.ts';
import { ownMarks, type Told } from './receivers.ts';
import { aliveBookings, summed } from './truth.ts';
import type { TestContext } from './test-context.ts';

interface Delivery {
  status: 'pending' | 'delivered' | 'given_up';
  channel: 'webhook' | 'mail' | 'push';
  eventId: string;
  lane: string;
  seq: number;
  bundle: string | null;
  error: string | null;
}

export interface Allowed {
  /** A worker or what it writes to went away while the receiver had it, so the same may come twice, with the same id. */
  repeats?: boolean;
  /** What was not told may be given up, with a reason. */
  givenUp?: boolean;
}

export async function toldProblems(context: TestContext, told: Told, allowed: Allowed = {}): Promise<string[]> {
  const deliveries = await context.db.rows<Delivery>(
    `select d.status, t.channel, e.id as "eventId", d.lane, d.event_seq::int as seq, d.bundle,
       d.attempts -> -1 ->> 'error' as error
     from deliveries d join delivery_targets t on t.id = d.target_id join events e on e.seq = d.event_seq
     where d.user_id = $1 and d.event_seq > $2 order by d.event_seq`,
    [told.dancer.id, told.since],
  );
  return [
    ...summed(endProblems(deliveries, allowed)),
    ...summed(webhookProblems(told, deliveries, allowed)),
    ...summed(messageProblems('mail', told.mails, deliveries, allowed)),
    ...summed(messageProblems('push', told.pushed, deliveries, allowed)),
    ...summed(await calendarProblems(context, told)),
    ...summed(await googleProblems(context, told.dancer.id, told.google)),
  ];
}

function endProblems(deliveries: Delivery[], { givenUp = false }: Allowed): string[] {
  return deliveries.flatMap(({ status, channel, eventId, error }) => {
    if (status === 'delivered') return [];
    if (status === 'given_up' && givenUp && error) return [];
    return [`${channel}: ${eventId} is ${status}${error ? ` (${error})` : ''}`];
  });
}

function webhookProblems({ taken }: Told, deliveries: Delivery[], { repeats = false }: Allowed): string[] {
  const ids = taken.map(({ headers }) => String(headers['webhook-id']));
  const first = new Map<string, number>();
  ids.forEach((id, place) => first.set(id, first.get(id) ?? place));
  const problems = repeats || first.size === ids.length ? [] : [`${ids.length - first.size} webhooks came twice`];
  const lanes = new Map<string, number>();
  for (const { channel, status, eventId, lane } of deliveries) {
    if (channel !== 'webhook' || status !== 'delivered') continue;
    const place = first.get(eventId);
    if (place === undefined) problems.push(`${eventId} never came to the webhook`);
    else if (place < (lanes.get(lane) ?? -1)) problems.push(`${eventId} came to the webhook before an earlier one`);
    else lanes.set(lane, place);
  }
  return problems;
}

/** Each message came, by its id, which is in what the receiver keeps of it. */
function messageProblems(
  way: 'mail' | 'push',
  came: string[],
  deliveries: Delivery[],
  { repeats = false }: Allowed,
): string[] {
  const sent = deliveries.filter(({ channel, status }) => channel === way && status === 'delivered');
  return [...new Set(sent.map(({ bundle }) => bundle!))].flatMap((bundle) => {
    const count = came.filter((id) => id.includes(bundle)).length;
    if (count === 0) return [`${way} ${bundle} never came`];
    return count > 1 && !repeats ? [`${way} ${bundle} came ${count} times`] : [];
  });
}

/** The calendar equals the bookings, and what the person has there is as it was. */
async function calendarProblems(context: TestContext, { dancer, calendar, own }: Told): Promise<string[]> {
  const problems = calendar.objects.get(own.path) === own.text ? [] : ['an event of the person was changed'];
  const events = [...calendar.objects].filter(([path]) => path !== own.path).map(([, event]) => unfolded(event));
  if (!events.some((event) => ownMarks.every((mark) => event.includes(mark))))
    problems.push('what the person added to an event is gone');
  // Where its UID is taken, an event has another one, which begins with the booking, too.
  const byBooking = Map.groupBy(events, (event) => /^UID:([\da-f-]{36})[@-]/m.exec(event)?.[1] ?? event);
  for (const [id, same] of byBooking) if (same.length > 1) problems.push(`${id} is there ${same.length} times`);
  const alive = await aliveBookings(context, dancer.id);
  for (const { id, recordId, studio, status, icalStart, icalUtc, icalEnd, icalEndUtc } of alive) {
    const event = byBooking.get(id!)?.[0];
    const isHeld = !/cancel|declin/i.test(status!);
    if (!event) problems.push(...(isHeld ? [`${recordId} is not in the calendar`] : []));
    else if (![icalStart, icalUtc].some((start) => event.includes(`:${start}\n`)))
      problems.push(`${recordId} does not begin at ${icalStart}`);
    else if (![icalEnd, icalEndUtc].some((end) => event.includes(`:${end}\n`)))
      problems.push(`${recordId} does not end at ${icalEnd}`);
    else if (!event.includes(studio!)) problems.push(`${recordId} is not in ${studio}`);
    else if (isHeld === event.includes('STATUS:CANCELLED')) problems.push(`${recordId} has another status`);
  }
  const known = new Set(alive.map(({ id }) => id));
  for (const [id, [event]] of byBooking)
    if (!known.has(id) && !event!.includes('STATUS:CANCELLED')) problems.push(`${id} is no booking`);
  return problems;
}

const unfolded = (event: string) => event.replaceAll(/\r\n[ \t]/g, '').replaceAll('\r\n', '\n');
