/** What a webhook's receiver, a calendar's server or a push service answers in the place of what it should, and what the person does about it. */
import type { ServerResponse } from 'node:http';
import { until } from '../support/until.ts';
import { allowGoogle } from '../support/google-consent.ts';
import { googleError } from '../support/stand-in-google.ts';
import { calendarOf, type Strike, type Told, type Way } from './context/receivers.ts';
import type { TestContext } from './context/test-context.ts';
import type { Allowed } from './context/told-truth.ts';

/** A case of its own each. */
export interface ReceiverAnswer {
  id: string;
  breaks: string;
  ways?: Way[];
  /** Default: the usual answer, as `strike` says. */
  http?: (response: ServerResponse) => void;
  /** Strikes more narrowly, as {@link Strike} says. */
  strike?: Pick<Strike, 'method' | 'revokes' | 'times' | 'slowMs'>;
  heal?: (told: Told, context: TestContext) => Promise<void>;
  allowed?: Allowed;
}

async function untilNeedsYou(told: Told, id: string): Promise<void> {
  await until('the calendar needs its person', async () => (await calendarOf(told, id)).state === 'needs_you');
}

async function retryCalendar(told: Told): Promise<void> {
  await untilNeedsYou(told, told.connectionId);
  await told.dancer.call('POST', `/user/calendar-connections/${told.connectionId}/retry`);
}

/** As Google writes its errors. */
const googleAnswer =
  (status: number, reason: string, headers = {}) =>
  (response: ServerResponse) =>
    googleError(response, status, reason, headers);

export const answer =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, headers).end('no');

export const receiverAnswers: ReceiverAnswer[] = [
  { id: 'receiver-fails', breaks: 'a receiver answers 500', http: answer(500) },
  { id: 'receiver-busy', breaks: 'a receiver answers 429 with Retry-After', http: answer(429, { 'retry-after': '2' }) },
  { id: 'receiver-cuts', breaks: 'a receiver ends the connection', http: (response) => void response.destroy() },
  {
    id: 'receiver-endless',
    breaks: 'the body of an answer never ends',
    http: (response) => void response.writeHead(200).write('…'),
  },
  { id: 'receiver-slow', breaks: 'a receiver takes eight seconds to answer', strike: { slowMs: 8_000 } },
  {
    id: 'calendar-away',
    breaks: 'a calendar ends the connection four times in a row',
    ways: ['calendar', 'google'],
    strike: { times: 4 },
    http: (response) => void response.destroy(),
  },
  {
    id: 'calendar-changes-always',
    breaks: 'each time that an event is written it has just changed: 412, six times in a row',
    ways: ['calendar'],
    strike: { method: 'rewrite', times: 6 },
    http: answer(412),
  },
  { id: 'calendar-changed', breaks: 'the calendar answers 412', ways: ['calendar'], http: answer(412) },
  {
    id: 'calendar-password',
    breaks: 'the calendar answers 401, until the person tries it again',
    ways: ['calendar'],
    http: answer(401),
    heal: retryCalendar,
  },
  {
    id: 'calendar-forbidden',
    breaks: 'the calendar answers 403 for one event, until the person tries it again',
    ways: ['calendar'],
    http: answer(403),
    async heal(told) {
      const { dancer, connectionId } = told;
      await until('one is refused', async () => (await calendarOf(told, connectionId)).refused > 0);
      await dancer.call('POST', `/user/calendar-connections/${connectionId}/retry`);
      await until('none is refused', async () => (await calendarOf(told, connectionId)).refused === 0);
    },
  },
  {
    id: 'google-quota',
    breaks: 'Google answers 403, that its quota is used up, with Retry-After',
    ways: ['google'],
    http: googleAnswer(403, 'rateLimitExceeded', { 'retry-after': '2' }),
  },
  {
    id: 'google-changed',
    breaks: 'an event at Google has changed meanwhile: 412',
    ways: ['google'],
    strike: { method: 'PATCH' },
    http: googleAnswer(412, 'conditionNotMet'),
  },
  {
    id: 'google-revoked',
    breaks: 'the person ends the access on the pages of Google, and allows it again',
    ways: ['google'],
    strike: { revokes: true },
    http: googleAnswer(401, 'authError'),
    async heal(told, { url }) {
      await untilNeedsYou(told, told.google.connectionId);
      await allowGoogle(url, told.dancer.token);
    },
  },
  {
    id: 'webhook-gone',
    breaks: 'the receiver answers 410, until the person turns it on again',
    ways: ['webhook'],
    http: answer(410),
    async heal({ dancer, webhookId }) {
      const path = `/user/webhooks/${webhookId}`;
      const isOff = async () => (await dancer.call<{ enabled: boolean }>('GET', path)).body.enabled === false;
      await until('the webhook is off', isOff);
      await dancer.call('PATCH', path, { enabled: true });
    },
    allowed: { givenUp: true, repeats: true },
  },
  {
    id: 'device-gone',
    breaks: 'the push service answers 410, until the person turns the device on again',
    ways: ['push'],
    http: answer(410),
    async heal({ dancer, device }) {
      const path = '/user/push-subscriptions';
      const all = async () =>
        (await dancer.call<{ subscriptions: { state: string }[] }>('GET', path)).body.subscriptions;
      await until('the device is gone', async () => (await all()).every(({ state }) => state === 'gone'));
      await dancer.call('POST', path, device);
    },
    allowed: { givenUp: true },
  },
];
