/** PostgreSQL's times as text, read faster: a list of 5,000 rentals has 25,000 of them. Pure. */
import pg from 'pg';

const readAnyTime = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => Date;

const [dash, dot, zero] = ['-', '.', '0'].map((letter) => letter.charCodeAt(0)) as [number, number, number];
const fractionAt = '2026-07-04 19:05:00'.length;

/**
 * `2026-07-04 19:05:00.123456+00`, as a connection in UTC writes times; what is finer than a millisecond is cut off.
 * Anything else (`infinity`, years before 1000 and after 9999, other zones) is read by the library.
 */
export function readTime(text: string): Date {
  const end = text.length - '+00'.length;
  const usual = text.endsWith('+00') && text.charCodeAt(4) === dash && text.charCodeAt(0) !== zero;
  if (!usual) return readAnyTime(text);
  let milliseconds = 0;
  if (text.charCodeAt(fractionAt) === dot)
    for (let at = fractionAt + 1; at <= fractionAt + 3; at += 1)
      milliseconds = milliseconds * 10 + (at < end ? text.charCodeAt(at) - zero : 0);
  const year = two(text, 0) * 100 + two(text, 2);
  return new Date(
    Date.UTC(year, two(text, 5) - 1, two(text, 8), two(text, 11), two(text, 14), two(text, 17), milliseconds),
  );
}

function two(text: string, at: number): number {
  return (text.charCodeAt(at) - zero) * 10 + text.charCodeAt(at + 1) - zero;
}
