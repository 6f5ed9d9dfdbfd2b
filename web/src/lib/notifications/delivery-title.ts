/** What was sent of a rental, and by which way, in the words of people. */
import type { DeliveryView } from '#domain/shapes/deliveries.ts';

const ways: Record<DeliveryView['channel'], string> = {
  mail: 'E-mail to',
  push: 'Notification on',
  webhook: 'Webhook',
  calendar: 'Calendar',
};

const news: Partial<Record<DeliveryView['event'], string>> = {
  'booking.added': 'New',
  'booking.changed': 'Changed',
  'booking.canceled': 'Canceled',
  'booking.removed': 'Gone from Gibney',
  'booking.restored': 'Back on Gibney',
  reminder: 'Reminder',
  'sync.failing': 'Syncs fail',
};

/** As `Changed: E-mail to ann@example.com`. */
export const deliveryTitle = ({ channel, address, event }: DeliveryView): string =>
  `${news[event] ?? event}: ${ways[channel]} ${address}`;
