import { describe, expect, it } from 'vitest';
import { isDatabaseAway } from '#db/database-away.ts';

const withCode = (code: string, message = 'no matter') => Object.assign(new Error(message), { code });

describe('the database is away', () => {
  it.each([
    ...[
      'ECONNREFUSED',
      'ECONNRESET',
      'ECONNABORTED',
      'ENOTFOUND',
      'EAI_AGAIN',
      'ETIMEDOUT',
      'EHOSTUNREACH',
      'EHOSTDOWN',
    ],
    ...['ENETUNREACH', 'ENETDOWN', 'EPIPE', 'ENOENT', '08000', '08001', '08003', '08006', '57P01', '57P02', '57P03'],
    ...['57P05', '53300', '25006', '25P03'],
  ])('with the code %s', (code) => {
    expect(isDatabaseAway(withCode(code))).toBe(true);
    expect(isDatabaseAway(new Error('query failed', { cause: withCode(code) }))).toBe(true);
    expect(isDatabaseAway(new AggregateError([withCode(code)], ''))).toBe(true);
  });

  it.each([
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Cannot use a pool after calling end on the pool',
  ])('with the words %s', (message) => expect(isDatabaseAway(new Error(message))).toBe(true));
});

describe('the database is there', () => {
  it.each(['23505', '40001', '40P01', '42P01', '57014', '28P01', '3D000', '55P03', 'ERR_INVALID_URL'])(
    'with the code %s',
    (code) => expect(isDatabaseAway(withCode(code))).toBe(false),
  );

  it.each([null, undefined, 'ECONNREFUSED', { code: 'ECONNREFUSED' }, new Error('ECONNREFUSED')])('with %j', (error) =>
    expect(isDatabaseAway(error)).toBe(false),
  );
});
