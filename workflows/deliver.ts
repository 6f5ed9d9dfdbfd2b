/**
 * `deliver`: one workflow per target, while there is anything to tell it. PostgreSQL holds what, and in which order; this
 * holds when. It ends where nothing waits, and whoever writes something new starts it again.
 */
import { condition, continueAsNew, isCancellation, log, patched, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Warning } from '#domain/deliveries.ts';
import { deliverActivity, tellOwner } from './delivery-options.ts';
import { somethingToDeliver, type DeliverInput } from './messages.ts';
import { patches } from './patches.ts';

/** Long before the server would ask for it. */
const longestHistory = 400;

export async function deliver(input: DeliverInput): Promise<void> {
  const { targetId } = input;
  let woken = false;
  const telling = new Set<Warning>();
  setHandler(somethingToDeliver, () => void (woken = true), { description: 'Look what is due' });

  async function tell(warning: Warning): Promise<void> {
    telling.add(warning);
    try {
      await tellOwner({ targetId, warning });
    } catch (error) {
      if (!isCancellation(error)) log.error('The owner of a target was not told', { targetId, warning });
    }
    telling.delete(warning);
  }

  /** Until its owner has been told, each answer says so again. */
  const isBeingTold = (warning: Warning) => telling.has(warning) && patched(patches.tellOwnerOnce);

  for (let isLater = false; ; isLater = true) {
    woken = false;
    const { waitMs, warning } = await deliverActivity(input, isLater)({ targetId });
    if (warning && !isBeingTold(warning)) void tell(warning);
    const isWoken = () => woken;
    if (waitMs === null) await condition(() => woken || telling.size === 0);
    else if (waitMs > 0) await condition(isWoken, waitMs, { summary: 'Next try' });
    if (waitMs === null && !isWoken()) return;
    if (workflowInfo().historyLength > longestHistory && telling.size === 0) await continueAsNew<typeof deliver>(input);
  }
}
