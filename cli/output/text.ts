/** Texts as a terminal shows them. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { plainText } from '#domain/plain-text.ts';

export type Tone = 'good' | 'bad' | 'warn' | 'soft' | 'strong';

const styles = { good: 'green', bad: 'red', warn: 'yellow', soft: 'dim', strong: 'bold' } as const;

export function toned(text: string, tone: Tone | null, colors: boolean): string {
  return tone && colors && text !== '' ? styleText(styles[tone], text, { validateStream: false }) : text;
}

/** On one line, and without what would steer the terminal: rentals come from a portal that others write to. */
export function plain(text: string): string {
  return plainText(stripVTControlCharacters(text)).replace(/[\u202a-\u202e\u2066-\u2069]/gu, '');
}

/** JSON itself leaves these as they are, though a terminal may obey them. */
const obeyed = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu;

/** The same value to whoever parses it, and nothing that would steer a terminal. */
export function jsonText(value: unknown, indent = 0): string {
  const escaped = (found: string) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, indent).replace(obeyed, escaped);
}

const segments = new Intl.Segmenter();
const wide =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** In columns. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return [...segments.segment(text)].reduce((sum, { segment }) => sum + columnsOfOne(segment), 0);
}

function columnsOfOne(segment: string): number {
  if (wide.test(segment)) return 2;
  return /^[\p{Cf}\p{M}]+$/u.test(segment) ? 0 : 1;
}

/** Cut to so many columns, the last of them an ellipsis. */
export function cut(text: string, columns: number, ellipsis = '…'): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  let used = columnsOf(ellipsis);
  for (const { segment } of segments.segment(text)) {
    used += columnsOf(segment);
    if (used > columns) break;
    kept += segment;
  }
  return columns < columnsOf(ellipsis) ? '' : kept.trimEnd() + ellipsis;
}

export function padded(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, columns - columnsOf(text)));
  return align === 'right' ? space + text : text + space;
}
