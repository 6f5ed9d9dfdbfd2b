/** Deliveries by real workers of both queues, to a receiver in this process that answers as a test says. */
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { createDeliveryActivities } from '#activities/index.ts';
import type { DueDelivery } from '#db/queries/delivery-rounds.ts';
import type { Tried } from '#domain/deliveries.ts';
import type { DeliveryChannel } from '#notifications/channel.ts';
import { deliverId, deliveryQueue } from '#workflows/names.ts';
import { useReconciler } from './reconciler.ts';

type Heard = DueDelivery & { data: { booking?: Record<string, unknown> } };

const atOnce = 4;

function createReceiver() {
  const taken = new Map<string, Heard[]>();
  const asked = new Map<string, number>();
  const answers = new Map<string, (heard: Heard) => boolean>();

  const hear = (targetId: string, heard: Heard): Tried => {
    asked.set(targetId, (asked.get(targetId) ?? 0) + 1);
    if (!(answers.get(targetId)?.(heard) ?? true)) return { outcome: 'failed', error: 'not now', status: 500 };
    taken.set(targetId, [...(taken.get(targetId) ?? []), heard]);
    return { outcome: 'delivered', status: 200 };
  };
  const channel: DeliveryChannel = {
    atOnce,
    deliver: async ({ id }, deliveries) => deliveries.map((one) => hear(id, one as Heard)),
  };
  return {
    channel,
    atOnce,
    /** What the receiver of this target took, in order. */
    taken: (targetId: string) => taken.get(targetId) ?? [],
    asked: (targetId: string) => asked.get(targetId) ?? 0,
    /** Whether it takes what it is sent; at first it takes everything. */
    answer: (targetId: string, takes: (heard: Heard) => boolean) => void answers.set(targetId, takes),
  };
}

export function useDeliveries() {
  const reconciler = useReconciler();
  const { orm, temporal } = reconciler;
  const receiver = createReceiver();
  let close = async () => {};

  beforeAll(async () => {
    const { namespace, connection: shared } = temporal().client.options as unknown as {
      namespace: string;
      connection: { options: { address: string } };
    };
    const connection = await NativeConnection.connect({ address: shared.options.address });
    const activities = { ...createDeliveryActivities({ orm: orm(), channels: { webhook: receiver.channel } }) };
    const worker = await Worker.create({ connection, namespace, taskQueue: deliveryQueue, activities });
    const running = worker.run();
    close = async () => {
      worker.shutdown();
      await running;
      await connection.close();
    };
  });
  afterAll(() => close());

  return {
    ...reconciler,
    receiver,
    deliver: (targetId: string) => temporal().deliver(targetId),
    async isRunning(targetId: string): Promise<boolean> {
      const { status } = await temporal().client.workflow.getHandle(deliverId(targetId)).describe();
      return status.name === 'RUNNING';
    },
  };
}
