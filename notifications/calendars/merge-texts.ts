/** Which parts of an event's texts are ours and which the person's, in whatever calendar. */

const canceledMark = 'Canceled: ';

/** Ours ends with the rental's name; any other is the person's, and only the mark is put before it or removed. */
export function mergedTitle(theirs: string, ours: string, rental: string): string {
  const title = theirs.startsWith(canceledMark) ? theirs.slice(canceledMark.length) : theirs;
  const isOurs = title === '' || rental === '' || title === rental || title.endsWith(` · ${rental}`);
  if (isOurs) return ours;
  return ours.startsWith(canceledMark) ? canceledMark + title : title;
}

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
