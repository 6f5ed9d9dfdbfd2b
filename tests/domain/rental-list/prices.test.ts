import { describe, expect, it } from 'vitest';
import { centsOf } from '#domain/rental-list/prices.ts';
import { viewerOf, type Told } from '#domain/rental-list/viewer.ts';

const american: Told = { decimal: '.', grouping: ',', currency: '$' };
const german: Told = { decimal: ',', grouping: '.', currency: '€' };
const french: Told = { decimal: ',', grouping: '\u202f' };
const nothing: Told = {};

const cents = (text: string, told: Told) => centsOf(text, viewerOf(told));

describe('an amount', () => {
  it.each([
    [american, '$19.00', 1_900],
    [american, '$0.00', 0],
    [american, '$1,234.50', 123_450],
    [american, '$1234.50', 123_450],
    [american, '$12,345,678.90', 1_234_567_890],
    [american, '$19', 1_900],
    [american, '¥1,234', 123_400],
    [american, ' $\u00a019.05 ', 1_905],
    [american, 'USD 19.00', 1_900],
    [american, '19.00', 1_900],
    [american, '1.234,50 €', 123_450],
    [german, '1.234,50 €', 123_450],
    [german, '1.234 €', 123_400],
    [german, '1.234.567,00\u00a0€', 123_456_700],
    [french, '1\u202f234,50 €', 123_450],
    [french, '1\u00a0234,50 $US', 123_450],
    [{ decimal: '.', grouping: '’' }, 'CHF 1’234.50', 123_450],
    [{ decimal: '.', grouping: ',' }, '₹1,23,456.00', 12_345_600],
    [nothing, '$1,234', 123_400],
    [nothing, 'R$ 1.234,50', 123_450],
    [nothing, '1 234,50', 123_450],
    [nothing, '19,00', 1_900],
    [nothing, 'US$19.00', 1_900],
    [nothing, 'kr 1 234,50', 123_450],
    [nothing, '١٬٢٣٤٫٥٠', 123_450],
  ])('where the page tells %j: %j', (told, text, value) => {
    expect(cents(text, told)).toBe(value);
  });

  it.each([
    [american, '-$17.00', -1_700],
    [american, '($17.00)', -1_700],
    [american, '$(17.00)', -1_700],
    [american, '$-17.00', -1_700],
    [american, '17.00-', -1_700],
    [american, '\u2212$1,017.00', -101_700],
    [german, '\u2212\u00a017,00 €', -1_700],
    [german, '(1.234,50 €)', -123_450],
    [american, '-$0.00', 0],
  ])('may be less than nothing, where the page tells %j: %j', (told, text, value) => {
    expect(cents(text, told)).toBe(value);
  });

  it.each(['', ' ', 'Free', 'TBD', 'T.B.D.', 'N/A', '—', '--', 'To be determined', 'No charge', 'Kostenlos', '無料'])(
    'is not given by %j',
    (text) => {
      expect(cents(text, american)).toBeNull();
    },
  );

  it.each([
    ...['$', '####', '$1,23.00', '$19.5', '$19.000', '$19.00 each', 'from $19.00', '$10 - $20', '--$17.00', '1.2.3'],
    ...['$99,999,999.00', '(($17.00))', '2 for 1', 'on request', 'see invoice', '$1.234.50', '19.00 €/h'],
  ])('cannot be read from %j', (text) => {
    expect(cents(text, american)).toBeUndefined();
  });

  it('that may be thousands or thousandths is not read where the page does not tell', () => {
    expect(cents('1.234 €', nothing)).toBeUndefined();
  });
});
