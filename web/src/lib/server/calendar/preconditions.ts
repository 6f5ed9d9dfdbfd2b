/** Whether a client already has what it asks for (RFC 9110, section 13), and how it wants it packed. */
import type { RequestHeaders } from '../http/exchange.ts';

export interface Validators {
  /** Of the unpacked text, without quotes. The packed one has a tag of its own, since its bytes are others. */
  tag: string;
  /** Null where no date tells all changes. */
  lastModified: Date | null;
}

const packedSuffix = '-gzip';

/** The ETag of the form that is sent. Strong: the same tag means the same bytes. */
export function etagOf({ tag }: Pick<Validators, 'tag'>, packed: boolean): string {
  return `"${tag}${packed ? packedSuffix : ''}"`;
}

type Known = Pick<Validators, 'tag'> & Partial<Validators>;

/** True where 304 is the answer. If-None-Match decides where it is given; only else does If-Modified-Since. */
export function isNotModified(headers: RequestHeaders, { tag, lastModified }: Known): boolean {
  const known = headers.get('if-none-match');
  if (known !== null) return tagsOf(known).some((one) => one === '*' || one === tag || one === tag + packedSuffix);
  if (!lastModified) return false;
  const since = Date.parse(headers.get('if-modified-since') ?? '');
  // The header has whole seconds.
  return !Number.isNaN(since) && Math.floor(lastModified.getTime() / 1000) * 1000 <= since;
}

function tagsOf(header: string): string[] {
  return header.split(',').map((one) =>
    one
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  );
}

/** Whether Accept-Encoding allows gzip and does not like it less than no coding. */
export function wantsGzip(headers: RequestHeaders): boolean {
  const weights = new Map((headers.get('accept-encoding') ?? '').toLowerCase().split(',').map(weightOf));
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}

function weightOf(entry: string): [string, number] {
  const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return [coding, weight === undefined ? 1 : Number(weight) || 0];
}
