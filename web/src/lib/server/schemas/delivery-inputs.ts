/** What comes in about events and their deliveries. */
import { z } from 'zod';
import { channels } from '#domain/deliveries.ts';
import { cursor, id, limit } from './inputs.ts';

export const eventList = z.strictObject({ limit: limit(50), cursor });

const channel = z.enum(channels, `A channel is ${channels.join(', ')}.`);

export const deliveryList = z.strictObject({
  limit: limit(50),
  cursor,
  bookingId: id.optional(),
  channel: channel.optional(),
});
