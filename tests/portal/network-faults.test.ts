import { describe, expect, test } from 'vitest';
import { password, recordIds, scrollToEnd, sendForm, setStage, waitForStatus } from './visitor.ts';

const stage = setStage({
  users: [
    { username: 'ada', password, rentals: 70 },
    { username: 'bo', password, rentals: 3 },
  ],
});

describe('the network faults of the stand-in portal', () => {
  test.each([
    [{ kind: 'maintenance' } as const, 503, 'Down For Maintenance'],
    [{ kind: 'rateLimit', retryAfterSeconds: 7 } as const, 429, 'Too Many Requests'],
    [{ kind: 'serverError' } as const, 500, 'Error'],
  ])('%o answers pages so, until it is switched off', async (fault, status, title) => {
    const page = await stage.signedIn('ada');
    const id = stage.portal.control.misbehave(fault);
    for (const path of ['/s/', '/s/booking-item', '/s/login']) {
      const response = await page.goto(path, { waitUntil: 'commit' });
      expect(response?.status()).toBe(status);
      expect(await page.title()).toBe(title);
      if (fault.kind === 'rateLimit') expect(response?.headers()['retry-after']).toBe('7');
    }
    stage.portal.control.behave(id);
    expect((await page.goto('/s/', { waitUntil: 'commit' }))?.status()).toBe(200);
    // At least: a browser may ask again for what failed.
    expect(Object.keys(stage.portal.control.counters().faults)).toEqual([fault.kind]);
  });

  test('a fault strikes only the user, the step and the times that it names', async () => {
    const { control } = stage.portal;
    control.misbehave({ kind: 'maintenance', at: 'list', user: 'ada', after: 1, times: 2 });
    const ada = await stage.signedIn('ada');
    const bo = await stage.signedIn('bo');
    const statuses = async (page: typeof ada, path: string, times: number): Promise<(number | undefined)[]> => {
      const seen = [];
      for (let visits = 0; visits < times; visits += 1) {
        seen.push((await page.goto(path, { waitUntil: 'commit' }))?.status());
      }
      return seen;
    };
    expect(await statuses(ada, '/s/', 1)).toEqual([200]);
    expect(await statuses(bo, '/s/booking-item', 2)).toEqual([200, 200]);
    expect(await statuses(ada, '/s/booking-item', 4)).toEqual([200, 503, 503, 200]);
    expect(control.counters('ada').faults).toEqual({ maintenance: 2 });
    expect(control.counters('bo').faults).toEqual({});
  });

  test('holds a request at its step until it is switched off', async () => {
    const { control } = stage.portal;
    const ada = await stage.signedIn('ada');
    const id = control.misbehave({ kind: 'hold', at: 'list', user: 'ada' });
    let answered = false;
    const visit = ada.goto('/s/booking-item', { waitUntil: 'commit' }).then((response) => {
      answered = true;
      return response?.status();
    });
    await control.waitFor(({ faults }) => faults.hold === 1, { user: 'ada' });
    expect((await ada.request.get('/s/')).status()).toBe(200);
    expect(answered).toBe(false);
    control.behave(id);
    expect(await visit).toBe(200);
  });

  test('maintenance in the middle leaves the shell without rows', async () => {
    stage.portal.control.misbehave({ kind: 'maintenance', at: 'rows', times: 1 });
    const page = await stage.signedIn('ada');
    const answered = page.waitForResponse((response) => response.status() === 503);
    await page.goto('/s/booking-item', { waitUntil: 'commit' });
    await answered;
    expect(await page.locator('table').count()).toBe(0);
    await page.reload({ waitUntil: 'commit' });
    await page.locator('tbody tr').first().waitFor();
  });

  // Whether Chromium repeats the request depends on which of its connections it takes, and when it made that one.
  test('a reset connection is an error of the network, whatever the browser repeats', { retry: 3 }, async () => {
    const page = await stage.signedIn('ada');
    stage.portal.control.misbehave({ kind: 'reset', at: 'list', times: 1 });
    await expect(page.goto('/s/booking-item')).rejects.toThrow(/ERR_CONNECTION_RESET/);
    const next = await page.context().newPage();
    expect((await next.goto('/s/booking-item', { waitUntil: 'commit' }))?.status()).toBe(200);
  });

  test('a redirect loop is given up by the browser', async () => {
    const page = await stage.signedIn('ada');
    stage.portal.control.misbehave({ kind: 'redirectLoop', at: 'list' });
    await expect(page.goto('/s/booking-item')).rejects.toThrow(/ERR_TOO_MANY_REDIRECTS/);
  });

  test('an answer that hangs never comes, and ends with the visitor', async () => {
    const page = await stage.signedIn('ada');
    stage.portal.control.misbehave({ kind: 'hang', at: 'list' });
    await expect(page.goto('/s/booking-item', { timeout: 400 })).rejects.toThrow(/Timeout 400ms/);
    await page.context().close();
    await stage.portal.control.waitFor((counters) => counters.pagesNow === 0, { user: 'ada' });
  });

  test('a slow answer keeps what waits for it waiting, and comes', async () => {
    const { control } = stage.portal;
    const page = await stage.signedIn('ada');
    const id = control.misbehave({ kind: 'slow', at: 'rows', ms: 600_000 });
    await page.goto('/s/booking-item', { waitUntil: 'commit' });
    await control.waitFor(({ faults }) => faults.slow === 1);
    expect(await page.locator('tbody tr').count()).toBe(0);
    control.behave(id);
    control.misbehave({ kind: 'slow', at: 'rows', ms: 1 });
    await page.reload({ waitUntil: 'commit' });
    await page.locator('tbody tr').first().waitFor();
  });

  test.each(['home', 'list', 'rows', 'batch'] as const)(
    'a session that dies at %s leads to the sign-in page',
    async (at) => {
      const page = at === 'batch' ? await stage.onList('ada') : await stage.signedIn('ada');
      stage.portal.control.misbehave({ kind: 'sessionDies', at, times: 1 });
      if (at === 'batch') await scrollToEnd(page);
      else await page.goto(at === 'home' ? '/s/' : '/s/booking-item', { waitUntil: 'commit' });
      await page.waitForURL('**/s/login**', { waitUntil: 'commit' });
      await sendForm(page, 'ada');
      await page.waitForURL('**/s/', { waitUntil: 'commit' });
      expect(stage.portal.control.counters('ada')).toMatchObject({ goodLogins: 2, sessionsNow: 1 });
    },
  );

  test('a batch that failed is asked for again on the next scroll', async () => {
    const page = await stage.onList('ada');
    stage.portal.control.misbehave({ kind: 'reset', at: 'batch', times: 1 });
    const failed = page.waitForEvent('requestfailed');
    await scrollToEnd(page);
    await failed;
    await page.locator('.uiScroller').evaluate((scroller) => {
      const scrolled = new Promise((resolve) => scroller.addEventListener('scroll', resolve, { once: true }));
      scroller.scrollTo(0, 0);
      return scrolled;
    });
    await scrollToEnd(page);
    await waitForStatus(page, '70 items');
    expect(await recordIds(page)).toHaveLength(70);
  });
});
