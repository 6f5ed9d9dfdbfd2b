/** Times as epoch milliseconds. */
const first = Date.parse('0001-01-01T00:00:00.000Z');
const last = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether it is a time for PostgreSQL, for `Date` and in ISO 8601 alike, which each end elsewhere. */
export function isInstant(value: unknown): value is number {
  return typeof value === 'number' && value >= first && value <= last;
}
