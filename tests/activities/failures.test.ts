import { describe, expect, it } from 'vitest';
import { kindOf, PortalError, toScrapeFailure } from '#activities/failures.ts';

describe('an error of an attempt', () => {
  it.each([
    ['a connection that is refused', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['a server that shuts down', new Error('query', { cause: Object.assign(new Error(), { code: '57P01' }) })],
    ['a connection that was cut', new Error('Connection terminated unexpectedly')],
  ])('interrupts it where it comes from the database: %s', (_case, error) => {
    expect(toScrapeFailure(error, 3)).toMatchObject({
      type: 'interrupted',
      nonRetryable: true,
      details: [{ revision: 3 }],
    });
    expect(kindOf(error)).toBe('interrupted');
  });

  it('is the portal’s where the portal was reset, whatever caused it', () => {
    const cause = Object.assign(new Error('read'), { code: 'ECONNRESET' });
    const problem = new PortalError('portal_unavailable', 'the portal cannot be reached', { cause });
    expect(toScrapeFailure(problem, 1).type).toBe('portal_unavailable');
  });

  it('tells nothing but its class where nobody expected it', () => {
    const failure = toScrapeFailure(new TypeError('secret of ada@example.com'), null);
    expect(failure).toMatchObject({ type: 'internal', message: 'unexpected TypeError' });
  });
});
