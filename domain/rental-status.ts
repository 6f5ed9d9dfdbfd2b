/**
 * What the portal's statuses mean: one table, for code and (see `db/rental-status.ts`) for SQL. The statuses are an open
 * set from an approval process, in any case and spacing. One that the table does not know counts as the dancer's: it is
 * better to come in vain than to miss a rental.
 */
export type RentalMeaning = 'confirmed' | 'tentative' | 'canceled' | 'declined' | 'unknown';

type Line = [meaning: RentalMeaning, list: string];

/** They decide wherever they stand (`Canceled by Gibney`, `Request declined`), the first line before the others. */
const words: Line[] = [
  [
    'canceled',
    'canceled, cancelled, voided, withdrawn, revoked, rescinded, annulled, terminated, forfeited, abandoned',
  ],
  ['declined', 'declined, rejected, denied, refused, disapproved, expired, lapsed'],
  [
    'tentative',
    'requested, pending, tentative, tentatively, provisional, provisionally, conditionally, awaiting, waiting',
  ],
  [
    'tentative',
    'waitlist, waitlisted, submitted, review, reviewing, hold, unconfirmed, unapproved, unpaid, processing',
  ],
  ['confirmed', 'approved, confirmed, completed, accepted, booked, scheduled, reserved, granted, finalized, finalised'],
];

/** They decide only as the whole status. */
const phrases: Line[] = [
  ['canceled', 'cancel, cancellation, cancelation, late cancel, late cancellation, cancellation approved, void'],
  ['canceled', 'cancellation confirmed, cancellation completed, no show, called off, deleted, released'],
  [
    'declined',
    'not approved, not accepted, not granted, not selected, turned down, timed out, unsuccessful, ineligible',
  ],
  ['tentative', 'request, held, draft, new, proposed, received, open, incomplete, in process, inquiry, enquiry, quote'],
  ['tentative', 'not confirmed, not yet confirmed, not yet approved, to be confirmed, pre approved, not paid, quoted'],
  ['tentative', 'pending approval, pending payment, in review, under review, on hold, awaiting approval'],
  ['tentative', 'awaiting payment, awaiting confirmation, pending confirmation'],
  ['tentative', 'penciled, pencilled, payment declined, payment failed, card declined, wait listed, wait list'],
  ['tentative', 'cancel requested, cancellation requested, cancellation pending, pending cancellation, pending cancel'],
  ['confirmed', 'complete, paid, invoiced, billed, contracted, signed, fulfilled, active, in progress, checked in'],
  ['confirmed', 'checked out, started, ongoing, finished, ended, attended, done, reinstated, not canceled'],
  ['confirmed', 'not cancelled, cancellation denied, cancellation declined, cancellation rejected'],
];

const phraseMap = (keyOf: (phrase: string) => string) =>
  new Map(
    [...words, ...phrases].flatMap(([meaning, list]) =>
      list.split(', ').map((phrase): [string, RentalMeaning] => [keyOf(phrase), meaning]),
    ),
  );

export const statusTable = {
  /** What stands between words. Few, since SQL looks for each in each status. */
  separators: ' \t-_/.,;:()[]!*&+|"',
  words: words.map(([meaning, list]) => [meaning, list.split(', ')] as const),
  /** By the phrase in lower case, without spaces. */
  phrases: phraseMap((phrase) => phrase.replaceAll(' ', '')),
  /** As the portal usually writes them, `No Show`, so that SQL finds them at once. */
  usual: phraseMap((phrase) => phrase.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())),
  /** Beside one of these no word decides: `Cancellation denied by Gibney` does not mean denied. */
  unclear: 'not, no, never, cancel, cancellation, cancelation'.split(', '),
};

export function rentalMeaning(status: string): RentalMeaning {
  const usual = statusTable.usual.get(status);
  if (usual !== undefined) return usual;
  const characters = [...status.toLowerCase()];
  const said = characters
    .map((one) => (statusTable.separators.includes(one) ? ' ' : one))
    .join('')
    .split(' ');
  const whole = statusTable.phrases.get(said.join(''));
  if (whole !== undefined) return whole;
  if (statusTable.unclear.some((word) => said.includes(word))) return 'unknown';
  return statusTable.words.find(([, list]) => list.some((word) => said.includes(word)))?.[0] ?? 'unknown';
}

interface Listed {
  startsAt: Date | string;
  removedAt: Date | string | null;
}

/**
 * Whether it left the list before it began, and so did not take place. Portals trim old years: what leaves the list after
 * that was used, and stays as its status says. In SQL: `db/rental-status.ts`.
 */
export function isGone({ startsAt, removedAt }: Listed): boolean {
  return removedAt !== null && new Date(removedAt) < new Date(startsAt);
}

/** Whether the room is or was the dancer's. */
export function isHeldRental(rental: Listed & { status: string }): boolean {
  return !isGone(rental) && isHeldStatus(rental.status);
}

/** Whether the room is still the dancer's, as far as the status says. */
export function isHeldStatus(status: string): boolean {
  return !['canceled', 'declined'].includes(rentalMeaning(status));
}
