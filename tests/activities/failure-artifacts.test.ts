import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFailureArtifacts, type FailureArtifacts } from '#activities/artifacts/failure-artifacts.ts';
import { listFailurePages, readFailurePage } from '#db/queries/failure-pages.ts';
import { affected, sql } from '#tests/support/sql.ts';
import { startPortal, type Portal } from '../portal/server.ts';
import { silentLog, useScrape, type Dancer } from './portal/harness.ts';

let artifacts: FailureArtifacts;
const scrape = useScrape(() => ({ artifacts }));
const em = () => scrape.database.em();

/** The newest first. */
async function kept() {
  const { pages } = await listFailurePages(em(), { limit: 100 });
  return Promise.all(pages.map(async (page) => ({ ...page, ...(await readFailurePage(em(), page.id))! })));
}

beforeEach(async () => {
  await affected(em(), sql`delete from failure_pages`);
  artifacts = createFailureArtifacts({
    orm: scrape.database.orm(),
    log: silentLog,
    limitMs: 20_000,
    maxBytes: 200_000,
  });
});

describe('an attempt that finds the portal changed', () => {
  const [username, password] = ['dancer.odile@example.test', 'Grand-Jeté-7'];
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal({ users: [{ username, password, rentals: 60 }] });
  });
  afterAll(() => portal.close());
  beforeEach(() => portal.control.reset());

  it('keeps the page as HTML and as a picture, with the structure and without anything personal', async () => {
    portal.control.misbehave({ kind: 'columnRenamed', column: 'start', label: 'Begins' });
    const { kind, jobId } = await scrape.fail(portal.url, await scrape.connect(username, password));
    expect(kind).toBe('portal_changed');
    const [one, ...others] = await kept();
    expect(others).toEqual([]);
    expect(one).toMatchObject({ kind: 'portal_changed', jobId, attempt: 1, hasPicture: true });
    const { html: page, picture } = one!;
    for (const seen of ['aria-label="Begins"', 'aria-label="Rental Name"', 'uiVirtualDataTable', 'data-recordid="']) {
      expect(page).toContain(seen);
    }
    // A name, a time and a price keep their shapes.
    expect(page).toMatch(/>X-9{6}</);
    expect(page).toMatch(/>9{1,2}\/9{1,2}\/9999 9{1,2}:99 XX</);
    expect(page).toMatch(/>\$9{1,3}\.99</);
    const rentals = portal.control.rentals(username);
    const personal = rentals.flatMap(({ recordId, name, location, studio }) => [recordId, name, location, studio]);
    for (const secret of [...personal, username, password, 'odile', '<script', portal.url])
      expect(page).not.toContain(secret);
    expect(picture!.subarray(1, 4).toString()).toBe('PNG');
    expect(picture!.length).toBeGreaterThan(1_000);
  });

  it('keeps nothing where the user has to act, and nothing of a sync that went well', async () => {
    const dancer = await scrape.connect(username, 'wrong');
    expect(await scrape.fail(portal.url, dancer)).toMatchObject({ kind: 'invalid_credentials' });
    await scrape.read(portal.url, await scrape.connect(username, password));
    expect(await kept()).toEqual([]);
  });

  it('fails as what it was where the page cannot be kept', async () => {
    await affected(em(), sql`alter table failure_pages rename to hidden_pages`);
    portal.control.misbehave({ kind: 'columnGone', column: 'location' });
    const failed = scrape.connect(username, password).then((dancer) => scrape.fail(portal.url, dancer));
    const { kind, details } = await failed.finally(() =>
      affected(em(), sql`alter table hidden_pages rename to failure_pages`),
    );
    expect({ kind, details }).toMatchObject({ kind: 'portal_changed', details: { revision: 1 } });
  });
});

describe('keeping a page', () => {
  /** Runs with a page of its own that shows this. */
  function withPage<Result>(content: string, work: (page: Page) => Promise<Result>): Promise<Result> {
    return scrape.browsers().withPage(new AbortController().signal, async (page) => {
      await page.setContent(content);
      return work(page);
    });
  }
  let dancer: Dancer;
  let what: Parameters<FailureArtifacts['keep']>[1];
  beforeEach(async () => {
    dancer = await scrape.connect('dancer', 'plié');
    what = { jobId: await scrape.openJob(dancer.userId), attempt: 1, kind: 'internal' };
  });
  const never = () => new AbortController().signal;

  it('masks whatever can hold something personal, wherever it is', async () => {
    const content = `<html><head><title>Odile</title><meta name="csrf" content="t0ken"><style>p { color: red }</style></head>
      <body data-user="Odile"><!-- Odile --><p title="Odile" class="name">Odile Çelik 李娜 🩰 42</p>
      <input type="text" placeholder="Username" value="Odile"><input type="password" placeholder="Password">
      <textarea>Odile</textarea><select><option selected>Odile</option></select><template><b>Odile</b></template>
      <a href="/s/user/Odile" onclick="Odile()" style="background: url(/Odile.png)">Odile</a><br>
      <svg><text>Odile</text></svg><iframe srcdoc="<p>Odile</p>"></iframe><table><tr><th scope="col">Studio</th></tr></table>
      <div id="host"></div><script>document.querySelector('#host').attachShadow({ mode: 'open' }).innerHTML = '<i>Odile</i>'</script>
      </body></html>`;
    await withPage(content, async (page) => {
      await page.locator('input').first().fill('Odile');
      await page.locator('[type=password]').fill('t0ken');
      expect(await artifacts.keep(page, what, never())).toBe(true);
      expect(await page.locator('p').first().innerText()).toBe('Xxxxx Xxxxx xx * 99');
      expect(await page.locator('input').first().inputValue()).toBe('Xxxxx');
      expect(await page.locator('[type=password]').inputValue()).toBe('');
      expect(await page.locator('iframe').evaluate((frame) => getComputedStyle(frame).visibility)).toBe('hidden');
    });
    const [one] = await kept();
    const page = one!.html;
    expect(page).not.toMatch(/odile|t0ken|Çelik|李|color: red|url\(/i);
    expect(page).toContain('<p title="Xxxxx" class="name">Xxxxx Xxxxx xx * 99</p>');
    expect(page).toContain('<template shadowrootmode="open"><i>Xxxxx</i></template>');
    expect(page).toContain('placeholder="Username"');
    expect(page).toContain('<th scope="col">Studio</th>');
    expect(one!.picture).not.toBeNull();
  });

  it('takes no picture of a page that writes its texts again', async () => {
    const content = `<p></p><script>const write = () => { document.querySelector('p').textContent = 'Odile'; requestAnimationFrame(write) };
      write()</script>`;
    await withPage(content, (page) => artifacts.keep(page, what, never()));
    const [one] = await kept();
    expect(one!.picture).toBeNull();
    expect(one!.html).not.toContain('Odile');
  });

  it('gives up on a page that hangs, within its limit', async () => {
    let result: boolean | undefined;
    const visit = withPage('<p>Odile</p>', async (page) => {
      page
        .evaluate(() => {
          for (;;);
        })
        .catch(() => undefined); // it ends with the page
      const hasty = createFailureArtifacts({ orm: scrape.database.orm(), log: silentLog, limitMs: 300 });
      result = await hasty.keep(page, what, never());
    });
    await visit.catch(() => undefined); // the browser is ended where the page cannot be closed
    expect(result).toBe(false);
    expect(await kept()).toEqual([]);
  });

  it('ends at once with a cancellation', async () => {
    await withPage('<p>Odile</p>', async (page) => {
      const cancelled = new AbortController();
      const keeping = artifacts.keep(page, what, cancelled.signal);
      cancelled.abort();
      expect(await keeping).toBe(false);
    });
    expect(await kept()).toEqual([]);
  });

  it('cuts a page that is too long, and keeps no more than fifty a day', async () => {
    await withPage(`<p>${'Odile '.repeat(20_000)}</p>`, (page) => artifacts.keep(page, what, never()));
    const [one] = await kept();
    expect(one!.html.length).toBeGreaterThan(90_000);
    expect(one!.html.length).toBeLessThanOrEqual(200_000);
    await affected(
      em(),
      sql`insert into failure_pages (job_id, user_id, attempt, kind, html)
          select job_id, user_id, n, kind, '' from failure_pages cross join generate_series(2, 50) n`,
    );
    expect(await withPage('<p>Odile</p>', (page) => artifacts.keep(page, what, never()))).toBe(false);
    await affected(em(), sql`update failure_pages set at = at - interval '1 day' where attempt = 2`);
    expect(await withPage('<p>Odile</p>', (page) => artifacts.keep(page, what, never()))).toBe(true);
  });

  it('leaves nothing of a user whose account is deleted', async () => {
    await withPage('<p>Odile</p>', (page) => artifacts.keep(page, what, never()));
    await affected(em(), sql`delete from users where id = ${dancer.userId}`);
    expect(await withPage('<p>Odile</p>', (page) => artifacts.keep(page, what, never()))).toBe(true);
    expect(await kept()).toEqual([]);
  });
});
