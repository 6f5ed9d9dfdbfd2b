import { Context } from '@temporalio/activity';
import { claimBundle } from '#db/queries/delivery-bundles.ts';
import { readDue, readTarget, recordRound, type DueDelivery, type TargetRow } from '#db/queries/delivery-rounds.ts';
import { queueReminders } from '#db/queries/reminders.ts';
import type { DeliveryActivities } from '#domain/activities.ts';
import { inSpan, type SpanStart } from '#platform/tracing.ts';
import { deliveryAfter, isBack, targetAfter, untoldWarning } from '#domain/deliveries.ts';
import type { Attempt, TargetState, Tried } from '#domain/deliveries.ts';
import { count, counters, noStatus } from './counters.ts';
import type { DeliveryDeps } from './deps.ts';
import { safeErrorText } from './failures.ts';

/** After that the workflow is asked to come again, so that its history shows how things go. */
const usualBudgetMs = 20_000;

/**
 * Tries what is due for a target, round after round. The outcome of a round is written before the next begins, so if a
 * worker dies, no more than one round is sent again.
 */
export function createDeliverDue(
  { orm, channels }: DeliveryDeps,
  budgetMs = usualBudgetMs,
): DeliveryActivities['deliverDue'] {
  return async ({ targetId }) => {
    const { cancellationSignal: signal } = Context.current();
    const startedAt = Date.now();
    for (;;) {
      signal.throwIfAborted();
      const target = await readTarget(orm.em.fork(), targetId);
      const channel = target && channels[target.channel];
      if (!channel) return { waitMs: null };
      const reminds = target.channel === 'push' && target.disabledReason === null;
      const reminderMs = reminds ? await queueReminders(orm.em.fork(), target.userId) : null;
      const read = channel.inOneMessage ? claimBundle : readDue;
      const { deliveries, waitMs, now } = await read(orm.em.fork(), target, channel.atOnce);
      // Also what an earlier attempt noted and did not get to say.
      const warning = untoldWarning(target);
      if (deliveries.length === 0) return { waitMs: sooner(waitMs, reminderMs), ...(warning !== null && { warning }) };
      const triedAt = Date.now();
      const trying = inSpan(spanOf(target, deliveries), () => channel.deliver(target, deliveries, signal)).catch(
        (error: unknown) => failed(error, deliveries),
      );
      const tried = await (channel.inOneMessage ? orCutOff(trying, signal, deliveries) : trying);
      const durationMs = Date.now() - triedAt;
      // What was cut off here says nothing about the receiver; what they accepted counts.
      const counts = tried.map(({ outcome }) => outcome === 'delivered' || !signal.aborted);
      const whereCounts = (_: unknown, index: number) => counts[index]!;
      const [told, answers] = [deliveries.filter(whereCounts), tried.filter(whereCounts)];
      answers
        .filter(isAgainstUs)
        .slice(0, 1)
        .forEach((one) => alarm(target, one));
      await record({ orm }, target, told, answers, { now, durationMs });
      signal.throwIfAborted();
      if (Date.now() - startedAt > budgetMs) return { waitMs: 0 };
    }
  };
}

function spanOf({ id, channel }: TargetRow, { length }: DueDelivery[]): SpanStart {
  const attributes = { 'gibney.target.id': id, 'gibney.channel': channel, 'gibney.count': length };
  return { name: `deliver ${channel}`, kind: 'client', attributes };
}

/** A message under way cannot always be stopped (mail cannot): a worker that ends does not wait for it. */
async function orCutOff(trying: Promise<Tried[]>, signal: AbortSignal, deliveries: DueDelivery[]): Promise<Tried[]> {
  const { promise, resolve } = Promise.withResolvers<Tried[]>();
  const cutOff = () => resolve(deliveries.map(() => ({ outcome: 'failed', error: 'It was cut off.', ours: true })));
  signal.addEventListener('abort', cutOff);
  if (signal.aborted) cutOff();
  try {
    return await Promise.race([trying, promise]);
  } finally {
    signal.removeEventListener('abort', cutOff);
  }
}

const sooner = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/** A mistake of ours: the others and later ones are tried all the same. */
function failed(error: unknown, deliveries: DueDelivery[]): Tried[] {
  Context.current().log.error('A channel failed', { error: safeErrorText(error) });
  return deliveries.map(() => ({ outcome: 'failed', error: 'This service could not send it.', ours: true }));
}

/** `now` is the database's time when the round began: a worker's own clock may be wrong. */
async function record(
  { orm }: Pick<DeliveryDeps, 'orm'>,
  target: TargetRow,
  deliveries: DueDelivery[],
  tried: Tried[],
  { now, durationMs }: { now: number; durationMs: number },
): Promise<void> {
  const moment = { now: now + durationMs, random: Math.random() };
  const at = new Date(now).toISOString();
  const outcomes = deliveries.map((delivery, index) => {
    const one = tried[index]!;
    const { id, isTest } = delivery;
    const ageMs = now - delivery.at.getTime();
    return {
      id,
      isTest,
      unsure: one.outcome === 'failed' && one.unsure === true,
      attempt: attemptOf(one, at, durationMs),
      after: deliveryAfter({ ...delivery, ageMs }, one, moment),
    };
  });
  const before = stateOf(target);
  const counted = tried.filter((one, index) => !deliveries[index]!.isTest && !isOurs(one));
  const after = counted.length > 0 ? targetAfter(before, counted, moment) : null;
  await recordRound(orm.em.fork(), target, {
    outcomes,
    target: after,
    isBack: after !== null && isBack(before, after),
  });
}

/** What they object to is ours to mend, or our own mail server does not answer; not what we chose to leave unsent. */
const isAgainstUs = (tried: Tried) =>
  tried.outcome === 'failed' && tried.ours === true && (tried.status !== undefined || tried.abort !== true);

/** Nobody but operators can do anything about it. */
function alarm({ id: targetId, channel, address }: TargetRow, tried: Tried): void {
  const { status, answer } = tried;
  count(counters.deliveriesRefused, { channel, status: status === undefined ? noStatus : String(status) });
  const host = URL.canParse(address) ? new URL(address).host : null;
  const error = tried.outcome === 'failed' ? tried.error : undefined;
  Context.current().log.error('A delivery failed for what is ours', { targetId, channel, host, status, answer, error });
}

const isOurs = (tried: Tried) => tried.outcome === 'failed' && tried.ours === true;

function attemptOf(tried: Tried, at: string, durationMs: number): Attempt {
  const { status: responseStatus = null, answer = null } = tried;
  return { at, durationMs, responseStatus, error: tried.outcome === 'failed' ? tried.error : null, answer };
}

function stateOf({ failures, failingSince, heldUntil, disabledReason, warned }: TargetRow): TargetState {
  const ms = (time: Date | null) => time?.getTime() ?? null;
  return { failures, failingSince: ms(failingSince), heldUntil: ms(heldUntil), disabledReason, warned };
}
