/**
 * The fonts of our PDFs: the typeface of the pages, and GNU Unifont for every other script. Both come as WOFF, which has
 * to be unpacked: in the packed ones each letter would cost a look at the whole file.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';

const unpack = promisify(inflate);
const { resolve } = createRequire(import.meta.url);

const files = {
  latin: '@fontsource/public-sans/files/public-sans-latin-400-normal.woff',
  latinExt: '@fontsource/public-sans/files/public-sans-latin-ext-400-normal.woff',
  vietnamese: '@fontsource/public-sans/files/public-sans-vietnamese-400-normal.woff',
  boldLatin: '@fontsource/public-sans/files/public-sans-latin-700-normal.woff',
  boldLatinExt: '@fontsource/public-sans/files/public-sans-latin-ext-700-normal.woff',
  boldVietnamese: '@fontsource/public-sans/files/public-sans-vietnamese-700-normal.woff',
  everything: '@fontsource/unifont/files/unifont-latin-400-normal.woff',
};

export type FontName = keyof typeof files;

/** By weight, in the order in which they are asked for a letter. */
export const fontsOf: Record<'regular' | 'bold', FontName[]> = {
  regular: ['latin', 'latinExt', 'vietnamese', 'everything'],
  bold: ['boldLatin', 'boldLatinExt', 'boldVietnamese', 'everything'],
};

const loaded = new Map<FontName, Promise<Buffer>>();

/** As TrueType. Read once a process. */
export function loadFont(name: FontName): Promise<Buffer> {
  const font = loaded.get(name) ?? readFile(resolve(files[name])).then(trueTypeOf);
  loaded.set(name, font);
  return font;
}

/** https://www.w3.org/TR/WOFF/: the same tables, each of them packed, and a directory that says how long they were. */
async function trueTypeOf(woff: Buffer): Promise<Buffer> {
  const count = woff.readUInt16BE(12);
  const directory = Buffer.alloc(12 + 16 * count);
  woff.copy(directory, 0, 4, 8);
  directory.writeUInt16BE(count, 4);
  const parts: Buffer[] = [directory];
  let place = directory.length;
  for (let index = 0; index < count; index++) {
    const from = 44 + 20 * index;
    const [offset, packed, length] = [4, 8, 12].map((at) => woff.readUInt32BE(from + at)) as [number, number, number];
    const bytes = woff.subarray(offset, offset + packed);
    const to = 12 + 16 * index;
    woff.copy(directory, to, from, from + 4);
    woff.copy(directory, to + 4, from + 16, from + 20);
    directory.writeUInt32BE(place, to + 8);
    directory.writeUInt32BE(length, to + 12);
    const padding = (4 - (length % 4)) % 4;
    parts.push(packed < length ? await unpack(bytes) : bytes, Buffer.alloc(padding));
    place += length + padding;
  }
  return Buffer.concat(parts);
}
