import { p } from '@mikro-orm/core';
import { time } from './columns.ts';

/** The values of `rentalFields`, as `bookings` keeps them. */
export const rentalColumns = () => ({
  name: p.text(),
  startsAt: time(),
  endsAt: time(),
  studio: p.text(),
  location: p.text(),
  status: p.text(),
  priceCents: p.integer().nullable(),
});
