/**
 * Words from outside without control characters, line and paragraph separators, lone surrogates and code points that are no
 * characters: calendars and spreadsheets take them for ends of lines, or refuse the file.
 */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}]+/gu;

/** On one line. */
export function plainText(words: string): string {
  return words.replace(unprintable, ' ').trim();
}

/** With its tabs and ends of lines. */
export function printable(words: string): string {
  return words.replace(unprintable, (found) => found.replace(/[^\t\r\n]+/g, ' '));
}
