/** Which parts of an event's texts are ours and which the person's, in whatever calendar. */

const canceledMark = 'Canceled: ';

export interface TitleBefore {
  rental: string;
  /** The title that we wrote last, without the mark; null where that was not kept. */
  written: string | null;
}

/** A title that we did not write is the person's, and only the mark is put before it or removed. */
export function mergedTitle(theirs: string, ours: string, before: TitleBefore): string {
  const title = unmarked(theirs);
  if (title === '' || isSame(title, unmarked(ours)) || isOurs(title, before)) return ours;
  return ours.startsWith(canceledMark) ? canceledMark + title : title;
}

const unmarked = (title: string): string => (title.startsWith(canceledMark) ? title.slice(canceledMark.length) : title);

function isOurs(title: string, { rental, written }: TitleBefore): boolean {
  if (written !== null) return isSame(title, written);
  return rental === '' || title === rental || title.endsWith(` · ${rental}`);
}

/** Servers and programs tidy up spaces, and write accents in one way or the other. */
const isSame = (one: string, other: string): boolean => tidy(one) === tidy(other);
const tidy = (title: string): string => title.normalize('NFC').replace(/\s+/g, ' ').trim();

const ourLines = [/^Rental: /, /^Status: /, /^Price: /, /^No longer on the Gibney portal\.$/];

/**
 * Our lines as they are now, and below them what the person wrote. Of their lines that look like ours, the first counts as ours.
 * @param plain a line as people see it, where lines may have markup
 */
export function mergedNotes(theirs: string, ours: string, plain = (line: string) => line): string {
  const lines = theirs.split(/\r?\n/);
  for (const line of ourLines) {
    const found = lines.findIndex((one) => line.test(plain(one).trim()));
    if (found >= 0) lines.splice(found, 1);
  }
  const notes = lines.join('\n').trim();
  return notes ? `${ours}\n\n${notes}` : ours;
}
