/** What an attempt that failed says of the next one, against the stand-in portal. */
import { describe, expect, it } from 'vitest';
import { readJob } from '#db/queries/sync-jobs.ts';
import type { ScrapeRentalsInput } from '#domain/activities.ts';
import { useDancer } from './portal/dancer.ts';

const { scrape, at, misbehave } = useDancer();

async function retryAfter(input: Partial<ScrapeRentalsInput> = {}) {
  const { jobId } = await scrape.fail(at.portal.url, at.dancer, { budgetMs: 300_000, ...input });
  return (await readJob(scrape.database.em(), at.dancer.userId, jobId))!.retry;
}

describe('an attempt that failed', () => {
  it('says what the portal answered, and when the next one is, which of how many', async () => {
    misbehave({ kind: 'maintenance' });
    const before = Date.now();
    const retry = await retryAfter();
    expect(retry).toMatchObject({ reason: 'portal_unavailable', httpStatus: 503, attempt: 2, of: 3 });
    // The portal asks for two minutes.
    expect(Date.parse(retry!.nextTryAt!)).toBeGreaterThanOrEqual(before + 120_000);
  });

  it('counts those before it, of its kind', async () => {
    misbehave({ kind: 'outage' });
    const retry = await retryAfter({ attempt: 3, failures: ['interrupted', 'portal_unavailable'] });
    expect(retry).toMatchObject({ reason: 'portal_unavailable', attempt: 4, of: 5 });
  });

  it('says nothing where none follows', async () => {
    misbehave({ kind: 'wrongCredentials' });
    expect(await retryAfter()).toBeNull();
    at.portal.control.reset();
    misbehave({ kind: 'maintenance' });
    expect(await retryAfter({ budgetMs: 60_000 })).toBeNull();
  });
});
