/** What becomes of bookings that a whole list lacks: believed at once, read again first, or kept until another sync agrees. */

/** Those of the bookings that are known and not removed. */
export interface Loss {
  /** Rows that the portal listed. */
  listed: number;
  known: number;
  missing: number;
  upcoming: number;
  missingUpcoming: number;
}

/** This many rows come at once; the portal sends the others in further batches, as one scrolls. */
const rowsOfABatch = 50;

/**
 * Whether the list is read a second time before what it lacks is believed to be gone:
 * - a large loss, whatever it consists of, is more likely the portal's fault than the truth;
 * - so is an empty list;
 * - in a list of several batches a rental that vanishes while one scrolls moves another over the border between two of
 *   them, where nobody sees it, and the status line still counts as many rows as were read.
 */
export function wantsSecondReading(loss: Loss): boolean {
  return isLargeLoss(loss) || (loss.missing > 0 && loss.listed > rowsOfABatch);
}

/** A sync that takes so many for gone is nothing to pass over, even if two readings agree. */
export function isLargeLoss(loss: Loss): boolean {
  const { known, missing, upcoming, missingUpcoming } = loss;
  if (missing === 0) return false;
  return isMost(missingUpcoming, upcoming) || isLarge(missing, known) || wantsSecondSync(loss);
}

/**
 * Whether the past rentals that a second reading also lacks are kept until another sync lacks them: a list that is cut
 * stays cut for minutes. Nobody goes to the wrong place meanwhile, which cannot be said of upcoming rentals.
 */
export function wantsSecondSync({ known, missing, upcoming, missingUpcoming }: Loss): boolean {
  const missingPast = missing - missingUpcoming;
  return missingPast >= fewestInBulk && isLarge(missingPast, known - upcoming);
}

/** What happened to the rentals that wait for another sync, and what comes next. */
export function keptWords(kept: number): { what: string; then: string } {
  return kept === 1
    ? {
        what: "1 past rental is missing from Gibney's list.",
        then: 'It stays here unless the next full sync misses it too.',
      }
    : {
        what: `${kept} past rentals are missing from Gibney's list.`,
        then: 'They stay here unless the next full sync misses them too.',
      };
}

/** What happened to the rentals that two readings lacked, many at once, and what to do. */
export function lostWords(lost: number): { what: string; then: string } {
  return {
    what: `${lost === 1 ? '1 rental is' : `${lost} rentals are`} gone from Gibney's list. We read it twice to be sure.`,
    then: `If that is wrong, ask Gibney; what is listed again comes back with the next sync.`,
  };
}

/** What to know of a sync that found many rentals missing; null of any other. */
export function lossWords({ unconfirmed, lost }: Losses): { what: string; then: string } | null {
  const told = [lost ? lostWords(lost) : null, unconfirmed ? keptWords(unconfirmed) : null].filter(
    (one) => one !== null,
  );
  if (told.length === 0) return null;
  return { what: told.map(({ what }) => what).join(' '), then: told.at(-1)!.then };
}

/** Counts of a job. */
interface Losses {
  unconfirmed?: number | null | undefined;
  lost?: number | null | undefined;
}

/** The same in short, next to the other counts of a sync. */
export function keptInShort(kept: number): string {
  return `${kept === 1 ? '1 past rental' : `${kept} past rentals`} missing, kept for now`;
}

/** Fewer than this is what a dancer or the desk deletes by hand. */
const fewestInBulk = 3;
const manyByShare = 5;
const manyInAnyCase = 20;

function isLarge(missing: number, known: number): boolean {
  return isMost(missing, known) || missing >= manyInAnyCase || (missing >= manyByShare && missing * 4 > known);
}

function isMost(missing: number, known: number): boolean {
  return missing * 2 > known;
}
