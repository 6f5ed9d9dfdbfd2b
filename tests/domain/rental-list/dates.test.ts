/** Dates as the viewers of the portal see them: with what the page tells of the viewer, and without. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockOf, dateReadingOf } from '#domain/rental-list/dates.ts';
import { viewerOf, type Told } from '#domain/rental-list/viewer.ts';
import { takeApart } from '#domain/rental-list/written-time.ts';

/** The starts of a list, `2025-06-09 19:00`; null where a text cannot be read, "refused" where the list cannot. */
function read(told: Told, ...texts: (string | [start: string, end: string])[]) {
  const viewer = viewerOf(told);
  const rows = texts.map((text) => {
    const [start, end] = [text].flat().map((one) => takeApart(one, viewer));
    return { start: start ?? null, end: end ?? null };
  });
  const reading = dateReadingOf(rows, viewer);
  if (!reading) return 'refused';
  return rows.map(({ start }) => {
    const clock = start && clockOf(start, reading, viewer);
    if (!clock) return null;
    const { year, month, day, hour, minute } = clock;
    return new Date(Date.UTC(year, month - 1, day, hour, minute)).toISOString().slice(0, 16).replace('T', ' ');
  });
}

describe('what the page tells', () => {
  const june9 = ['2025-06-09 19:00'];
  it.each([
    ['en_US', 'M/d/yyyy h:mm a', '6/9/2025 7:00 PM'],
    ['en_US', 'M/d/yyyy h:mm a', ' 06/09/2025, 7:00\u202fP.M.\n'],
    ['en_US', 'M/d/yy h:mm a', '6/9/25 7:00 PM'],
    ['en_US', 'M/d/yyyy HH:mm', '6/9/2025 19:00'],
    ['en_US', 'MMM d, yyyy h:mm a', 'Jun 9, 2025 7:00 PM'],
    ['en_US', 'EEEE, MMMM d, yyyy h:mm a', 'Monday, June 9, 2025 7:00 PM'],
    ['en_AU', 'd/MM/yyyy h:mm a', '9/06/2025 7:00 pm'],
    ['en_GB', 'dd/MM/yyyy HH:mm', '09/06/2025 19:00'],
    ['en_CA', 'yyyy-MM-dd h:mm a', '2025-06-09 7:00 p.m.'],
    ['fr_CA', 'yyyy-MM-dd HH:mm', '2025-06-09 19 h 00'],
    ['fr_FR', 'dd/MM/yyyy HH:mm', '09/06/2025 19:00'],
    ['fr_FR', 'd MMM yyyy HH:mm', '9 juin 2025 à 19:00'],
    ['de_DE', 'dd.MM.yyyy HH:mm', '09.06.2025 19:00'],
    ['de_DE', 'd. MMMM yyyy HH:mm', '9. Juni 2025 um 19:00 Uhr'],
    ['de_CH', 'dd.MM.yy HH:mm', '09.06.25 19:00'],
    ['fi_FI', 'd.M.yyyy H.mm', '9.6.2025 19.00'],
    ['it_IT', 'dd/MM/yyyy H.mm', '09/06/2025 19.00'],
    ['da_DK', 'dd-MM-yyyy HH:mm', '09-06-2025 19:00'],
    ['nl_NL', 'd-M-yyyy H:mm', '9-6-2025 19:00'],
    ['sv_SE', 'yyyy-MM-dd HH:mm', '2025-06-09 19:00'],
    ['es_MX', 'd/MM/yyyy hh:mm a', '9/06/2025 07:00 p. m.'],
    ['es_MX', 'd/MM/yyyy hh:mm a', '9/06/2025, 07:00 p.\u00a0m.'],
    ['es_ES', "d 'de' MMMM 'de' yyyy H:mm", '9 de junio de 2025 19:00'],
    ['pt_BR', 'dd/MM/yyyy HH:mm', '09/06/2025 19:00'],
    ['pt_BR', "d 'de' MMM 'de' yyyy HH:mm", '9 de jun. de 2025 às 19:00'],
    ['el_GR', 'd/M/yyyy h:mm a', '9/6/2025 7:00 μμ'],
    ['bg_BG', "d.MM.yyyy 'г.', H:mm", '9.06.2025 г., 19:00'],
    ['cs_CZ', 'd. M. yyyy H:mm', '9. 6. 2025 19:00'],
    ['hu_HU', 'yyyy.MM.dd. H:mm', '2025.06.09. 19:00'],
    ['hu_HU', 'yyyy. MM. dd. a h:mm', '2025. 06. 09. du. 7:00'],
    ['ja_JP', 'yyyy/MM/dd H:mm', '2025/06/09 19:00'],
    ['ja_JP', "yyyy'年'M'月'd'日' aK:mm", '2025年6月9日 午後7:00'],
    ['ko_KR', 'yyyy. M. d a h:mm', '2025. 6. 9 오후 7:00'],
    ['ko_KR', "yyyy'년' M'월' d'일' a h:mm", '2025년 6월 9일 오후 7:00'],
    ['zh_CN', 'yyyy-M-d ah:mm', '2025-6-9 下午7:00'],
    ['vi_VN', 'HH:mm dd/MM/yyyy', '19:00 09/06/2025'],
    ['ar_EG', 'd/M/yyyy h:mm a', '٩\u200f/٦\u200f/٢٠٢٥ ٧:٠٠ م'],
    ['hi_IN', 'd/M/yyyy h:mm a', '९/६/२०२५ ७:०० pm'],
    ['th_TH', 'd/M/yyyy, H:mm', '9/6/2568, 19:00 น.'],
  ])('decides: %s %j %j', (userLocale, shortDatetimeFormat, text) => {
    expect(read({ userLocale, shortDatetimeFormat }, text)).toEqual(june9);
  });

  it('may be its locale alone, or a date without a time', () => {
    expect(read({ userLocale: 'en_GB' }, '9/6/2025 7:00 PM')).toEqual(june9);
    expect(read({ userLocaleLang: 'de', userLocaleCountry: 'AT' }, '9.6.2025 19:00')).toEqual(june9);
    expect(read({ shortDateFormat: 'd.M.yyyy' }, '9.6.2025 19:00')).toEqual(june9);
  });

  it('is not believed where the list contradicts it', () => {
    const told = { shortDatetimeFormat: 'M/d/yyyy h:mm a' };
    expect(read(told, '13/06/2025 7:00 PM', '9/06/2025 7:00 PM')).toEqual(['2025-06-13 19:00', '2025-06-09 19:00']);
    expect(read(told, '6/13/2025 7:00 PM', '20/5/2025 7:00 PM', '4/9/2025 7:00 PM')).toEqual([
      '2025-06-13 19:00',
      null,
      '2025-04-09 19:00',
    ]);
    expect(read(told, '3/6/2025 7:00 PM', '6/13/2025 7:00 PM', '20/5/2025 7:00 PM')).toBe('refused');
  });

  it('reads what else is on the list where one text is none of these', () => {
    expect(read({ userLocale: 'en_US' }, '6/9/2025 7:00 PM', 'To be announced')).toEqual([...june9, null]);
  });
});

describe('where the page tells nothing', () => {
  it.each([
    ['a day that is no month', ['13/06/2025 7:00 pm', '9/06/2025 7:00 pm'], ['2025-06-13 19:00', '2025-06-09 19:00']],
    ['a day that comes second', ['6/13/2025 7:00 PM', '6/9/2025 7:00 PM'], ['2025-06-13 19:00', '2025-06-09 19:00']],
    ['years that come first', ['2025-06-09 19:00'], ['2025-06-09 19:00']],
    ['months with names', ['9 June 2025 19:00', 'Jul 4, 2025 7 PM'], ['2025-06-09 19:00', '2025-07-04 19:00']],
    ['days that are their months', ['6/6/2025 7:00 PM', '5/5/2025 19:00'], ['2025-06-06 19:00', '2025-05-05 19:00']],
    // As months and days these would be September 6, and then December 6.
    ['the newest coming first', ['9/7/2025 19:00', '12/6/2025 19:00'], ['2025-07-09 19:00', '2025-06-12 19:00']],
  ])('the list itself does, by %s', (_, texts, clocks) => {
    expect(read({}, ...texts)).toEqual(clocks);
  });

  it('a night over midnight does, which would be a month in another order', () => {
    expect(read({}, ['6/9/2025 11:00 PM', '6/10/2025 1:00 AM'])).toEqual(['2025-06-09 23:00']);
    expect(read({}, ['9/6/2025 23:00', '10/6/2025 1:00'])).toEqual(['2025-06-09 23:00']);
  });

  it.each([
    ['either order', ['9/06/2025 7:00 pm']],
    ['either order, newest first in both', ['9/6/2025 19:00', '8/5/2025 19:00']],
    ['no one order', ['13/06/2025 19:00', '6/20/2025 19:00']],
    ['years that come first and last', ['2025-06-09 19:00', '6/9/2025 19:00']],
  ])('a list of %s is refused as a whole', (_, texts) => {
    expect(read({}, ...texts)).toBe('refused');
  });

  it('a time of twelve hours that does not say which half is not read', () => {
    expect(read({}, '6/13/2025 7:00 PM', '6/12/2025 7:00', '6/11/2025 19:00', '6/10/2025 0:30')).toEqual([
      ...['2025-06-13 19:00', null, '2025-06-11 19:00', '2025-06-10 00:30'],
    ]);
  });
});

describe('a text', () => {
  it.each([
    ...['', 'TBD', '6/9/2025', '7:00 PM', '2/30/2025 7:00 PM', '13/13/2025 7:00 PM', '0/1/2025 7:00 PM'],
    ...['6/9/25 7:00 PM', '6/9/2025 13:00 PM', '6/9/2025 7:60 PM', '6/9/2025 24:00', '6/9/2025 7', '6/9/2025 7:5 PM'],
    ...['6/9/2025 7:00 PM EST', '6/9/2025 7:00 PM 8:00 PM', '6/9/2025 7:00:30 PM', '6/9/2025 12:00 noon'],
    ...['6/9/2025 晚上7:00', '6/9/1446 7:00 PM', '6/9/2568 7:00 PM', '6/9/2025 7:00 in the evening', '16/9/2025/7:00'],
    ...['6/9/20255 7:00 PM', '9 Juni 2025 19:00', '6/9/2025 -7:00 PM ?', '1.6/9/2025 7:00'],
  ])('%j is no time for somebody in New York', (text) => {
    expect(read({ userLocale: 'en_US' }, text)).toEqual([null]);
  });

  it.each([
    ['6/9/2025 12:00 AM', '00:00'],
    ['6/9/2025 12:30 PM', '12:30'],
    ['6/9/2025 0:30 PM', '12:30'],
    ['6/9/2025 7:00:00 PM', '19:00'],
  ])('%j is %s', (text, time) => {
    expect(read({ userLocale: 'en_US' }, text)).toEqual([`2025-06-09 ${time}`]);
  });

  it('of what any locale writes is read as what was written, or not at all', () => {
    const locales = ['en-US', 'en-GB', 'fr-FR', 'de-DE', 'es-MX', 'ja-JP', 'ko-KR', 'pt-BR', 'nl-NL', 'pl-PL', 'zh-CN'];
    const date = fc.date({ min: new Date('2000-01-01'), max: new Date('2060-12-31'), noInvalidDate: true });
    const styles = ['short', 'medium', 'long'] as const;
    fc.assert(
      fc.property(date, fc.constantFrom(...locales), fc.constantFrom(...styles), (at, locale, dateStyle) => {
        const format = new Intl.DateTimeFormat(locale, { dateStyle, timeStyle: 'short', timeZone: 'UTC' });
        const shortDateFormat = format.formatToParts(at).map(({ type }) => ({ year: 'yy', month: 'M', day: 'd' })[type as string] ?? '').join('/'); // prettier-ignore
        const found = read({ userLocale: locale, shortDateFormat }, format.format(at));
        expect([[null], [at.toISOString().slice(0, 16).replace('T', ' ')]]).toContainEqual(found);
        if (dateStyle === 'short') expect(found).not.toEqual([null]);
      }),
      { numRuns: 500 },
    );
  });

  it('is never thrown at', () => {
    const drawn = fc.stringMatching(/^[0-9/: APM,.年月à-]{0,30}$/);
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), drawn)), fc.string(), (texts, format) => {
        read({ shortDatetimeFormat: format, userLocale: format }, ...texts);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a viewer', () => {
  it.each([
    [{}, 'America/New_York'],
    [{ timezone: 'America/Los_Angeles' }, 'America/Los_Angeles'],
    [{ timezone: 'Mars/Olympus' }, null],
    [{ timezone: 'GMT' }, 'GMT'],
  ])('of %j has the time zone %s', (told, timeZone) => {
    expect(viewerOf(told).timeZone).toBe(timeZone);
  });
});
