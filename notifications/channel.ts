/** What a way to reach people has to do; how often, in which order and until when is decided elsewhere, for all of them. */
import type { DueDelivery, TargetRow } from '#db/queries/delivery-rounds.ts';
import type { Channel, Tried } from '#domain/deliveries.ts';

export interface DeliveryChannel {
  /** Deliveries that are given to it at once, none of which has to wait for another. */
  readonly atOnce: number;
  /** They are told in one message: everything that is due, in order. */
  readonly inOneMessage?: boolean;
  /**
   * Tries each of them once and returns the outcomes, in their order. Has to end by itself within half a minute, and soon
   * once `signal` aborts. A delivery may come twice, with the same event id, where a worker died after it was taken.
   */
  deliver(target: TargetRow, deliveries: DueDelivery[], signal: AbortSignal): Promise<Tried[]>;
}

/** A target whose channel is not among them waits for a worker that has it. */
export type DeliveryChannels = Partial<Record<Channel, DeliveryChannel>>;
