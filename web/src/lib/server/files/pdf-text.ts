/** Words in a PDF, whatever their script: each letter from the first font that has it. */
import type PDFDocument from 'pdfkit';
import { plainText } from '#domain/plain-text.ts';
import { fontsOf, loadFont, type FontName } from './pdf-fonts.ts';

type Pdf = InstanceType<typeof PDFDocument>;

export interface TextStyle {
  size: number;
  bold?: boolean;
  color?: string;
  align?: 'left' | 'right';
}

export interface PdfText {
  /** Lines no wider than this; a word that is wider is broken. */
  wrapped(text: string, width: number, style: TextStyle): string[];
  /** One line, its top at `y`. */
  line(text: string, x: number, y: number, width: number, style: TextStyle): void;
}

/** Letters of scripts that are written from right to left, with what stands between two of them. */
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}](?:[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{M}\s]*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{M}])?/gu;

/** Stands for what no font has. */
const unknownLetter = '\u25a1';

/** Whether a font has a letter. */
type Coverage = Record<FontName, (letter: string) => boolean>;

interface Run {
  font: FontName;
  text: string;
  backwards: boolean;
}

/** Cuts a line where the font or the direction changes. */
function runsOf(text: string, fonts: FontName[], has: Coverage): Run[] {
  const runs: Run[] = [];
  const addLetters = (letters: string) => {
    for (const letter of letters) {
      const font = fonts.find((name) => has[name](letter));
      const [name, shown]: [FontName, string] = font ? [font, letter] : ['everything', unknownLetter];
      const last = runs.at(-1);
      if (last?.font === name && !last.backwards) last.text += shown;
      else runs.push({ font: name, text: shown, backwards: false });
    }
  };
  let done = 0;
  for (const { 0: found, index } of text.matchAll(rightToLeft)) {
    addLetters(text.slice(done, index));
    runs.push({ font: 'everything', text: found, backwards: true });
    done = index + found.length;
  }
  addLetters(text.slice(done));
  return runs;
}

export async function pdfText(pdf: Pdf): Promise<PdfText> {
  const names = [...new Set(Object.values(fontsOf).flat())];
  for (const name of names) pdf.registerFont(name, await loadFont(name));
  const has = Object.fromEntries(names.map((name) => [name, coverageOf(pdf, name)])) as Coverage;

  const cutLine = (text: string, { bold }: TextStyle) => runsOf(text, fontsOf[bold ? 'bold' : 'regular'], has);
  // With features of its own, even none, a run is laid out as a whole and not word by word.
  const optionsOf = ({ backwards }: Run) => ({ lineBreak: false, ...(backwards && { features: [] }) });
  const widthOf = (run: Run, size: number) => pdf.font(run.font).fontSize(size).widthOfString(run.text, optionsOf(run));
  const known = new Map<string, number>();
  const widthOfText = (text: string, style: TextStyle) => {
    const key = `${style.bold} ${style.size} ${text}`;
    const width = known.get(key) ?? cutLine(text, style).reduce((sum, run) => sum + widthOf(run, style.size), 0);
    known.set(key, width);
    return width;
  };

  return {
    wrapped(text, width, style) {
      const fits = (line: string) => widthOfText(line, style) <= width;
      const lines: string[] = [];
      let line = '';
      for (const word of visible(text)
        .split(' ')
        .flatMap((one) => piecesOf(one, fits))) {
        const longer = line === '' ? word : `${line} ${word}`;
        if (line !== '' && !fits(longer)) lines.push(line);
        line = line !== '' && !fits(longer) ? word : longer;
      }
      return [...lines, line];
    },
    line(text, x, y, width, style) {
      const shown = visible(text);
      let left = style.align === 'right' ? x + width - widthOfText(shown, style) : x;
      pdf.fillColor(style.color ?? '#1c1c1a');
      for (const run of cutLine(shown, style)) {
        pdf
          .font(run.font)
          .fontSize(style.size)
          .text(run.text, left, y, { ...optionsOf(run), baseline: 'hanging' });
        left += widthOf(run, style.size);
      }
    },
  };
}

/** What has no shape of its own, such as marks of direction and joiners, would be drawn as a box. */
function visible(text: string): string {
  return plainText(text.normalize('NFC').replace(/[\p{Cf}\p{Variation_Selector}]/gu, '')).replace(/\s+/gu, ' ');
}

function piecesOf(word: string, fits: (text: string) => boolean): string[] {
  if (fits(word)) return [word];
  const pieces = [''];
  for (const letter of word) {
    if (pieces.at(-1) !== '' && !fits(pieces.at(-1)! + letter)) pieces.push('');
    pieces[pieces.length - 1] += letter;
  }
  return pieces;
}

/** The library keeps the opened font to itself. */
function coverageOf(pdf: Pdf, name: string): (letter: string) => boolean {
  const { font } = (pdf.font(name) as unknown as { _font: OpenedFont })._font;
  const known = new Map<string, boolean>();
  return (letter) => {
    const found = known.get(letter) ?? font.hasGlyphForCodePoint(letter.codePointAt(0)!);
    known.set(letter, found);
    return found;
  };
}

interface OpenedFont {
  font: { hasGlyphForCodePoint(codePoint: number): boolean };
}
