/** The list that everybody has at the portal of the scale run, the same each time that it is read. */
import { blankRental } from '#domain/rental-list/fields.ts';
import type { StagedRental } from '#db/queries/staged-rentals.ts';

const dayMs = 24 * 3_600_000;

/** One a day, half of them before `middle` and half after it. */
export function listedRentals(count: number, middle: number): StagedRental[] {
  const midnight = Math.floor(middle / dayMs) * dayMs;
  return Array.from({ length: count }, (_, ordinal) => {
    const startsAt = new Date(midnight + (ordinal - Math.floor(count / 2)) * dayMs + 18 * 3_600_000);
    const recordId = `a0X${String(ordinal).padStart(12, '0')}`;
    return {
      ...blankRental,
      ordinal,
      recordId,
      name: `R-${100_000 + ordinal}`,
      startsAt,
      endsAt: new Date(startsAt.getTime() + 3_600_000),
      studio: `Studio ${(ordinal % 9) + 1}`,
      location: '280 Broadway (Lower Manhattan)',
      status: 'Approved',
      priceCents: 1_900,
      recordUrl: `https://portal.test/s/booking-item/${recordId}`,
      problem: null,
      unreadable: [],
      raw: { 'Rental Name': `R-${100_000 + ordinal}`, Status: 'Approved', Price: '$19.00' },
    };
  });
}
