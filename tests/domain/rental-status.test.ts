import { describe, expect, it } from 'vitest';
import { isHeldStatus, rentalMeaning } from '#domain/rental-status.ts';
import { statuses } from '../support/rental-statuses.ts';

describe.each(Object.entries(statuses))('%s', (meaning, words) => {
  it.each(words)('is %j', (status) => {
    expect(rentalMeaning(status)).toBe(meaning);
    expect(isHeldStatus(status)).toBe(meaning !== 'canceled' && meaning !== 'declined');
  });
});
