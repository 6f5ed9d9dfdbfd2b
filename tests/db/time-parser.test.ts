/** Times are read as the library of PostgreSQL reads them, whatever form they have. */
import pg from 'pg';
import { expect, it } from 'vitest';
import { readTime } from '#db/time-parser.ts';

const readByLibrary = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => unknown;

it.each([
  '2026-11-29 08:49:08+00',
  '2026-11-29 08:49:08.1+00',
  '2026-11-29 08:49:08.12+00',
  '2026-11-29 08:49:08.123+00',
  '2026-11-29 08:49:08.123456+00',
  '2026-02-28 23:59:59.999999+00',
  '2024-02-29 00:00:00+00',
  '1970-01-01 00:00:00+00',
  '1000-01-01 00:00:00+00',
  '9999-12-31 23:59:59.999+00',
  '0099-03-01 12:00:00+00',
  '10000-01-01 00:00:00+00',
  '0044-03-15 12:00:00+00 BC',
  '2026-11-29 03:49:08.123-05',
  '2026-11-29 14:19:08+05:30',
  '1900-01-01 00:00:00-04:56:02',
  'infinity',
  '-infinity',
])('%s', (text) => {
  expect(readTime(text)).toEqual(readByLibrary(text));
});
