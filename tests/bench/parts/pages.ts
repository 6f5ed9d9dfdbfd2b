/** The dashboard: its first HTML, and how soon new rows are on it. */
import type { Page } from 'playwright';
import { expectRows, newDancer, portalPassword, say, signedInPage } from '../bench.ts';
import type { Bench } from '../bench.ts';
import type { Figure, PartResult } from '../figures.ts';
import { compareLoad } from '../measure/compare-load.ts';
import { accountPassword } from '../service.ts';

const part = 'pages';

export async function showing(bench: Bench): Promise<PartResult> {
  const figures = await firstHtml(bench);
  const rows = await rowsOnPage(bench);
  const title = 'End of a sync to its rows on the page';
  return {
    figures: [
      ...figures,
      { id: 'page.rows', part, title, unit: 'ms', better: 'lower', ours: rows, goal: { value: 200 } },
    ],
  };
}

async function firstHtml(bench: Bench): Promise<Figure[]> {
  const url = `${bench.stack.url}/dashboard`;
  const cookie = await signInByForm(bench.stack.url, (await bench.reader(137)).username);
  const headers = { cookie, accept: 'text/html', 'accept-encoding': 'gzip, deflate, br, zstd' };
  const once = { url, headers, status: 200, connections: 1, requests: 1 };
  const { bytes, contentEncoding } = await bench.generator.run(once);
  const page = Buffer.from(await (await fetch(url, { headers: { cookie } })).arrayBuffer());
  const { readFloor } = bench;
  await readFloor.keep('/dashboard', {
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: page.subarray(0, bytes),
  });
  const figures = await compareLoad(bench, {
    id: 'dashboard',
    part,
    title: 'Dashboard of 137 rentals, first HTML',
    ours: { url, headers, status: 200 },
    floor: {
      name: 'as many bytes from memory',
      pid: readFloor.pid,
      url: `${readFloor.url}/dashboard`,
      headers,
      status: 200,
    },
    connections: bench.connections.filter((connections) => connections <= 20),
  });
  const goals: Record<string, number> = { 'dashboard.1.p50': 25, 'dashboard.20.requests': 100 };
  const size: Figure = {
    id: 'dashboard.size',
    part,
    title: `Dashboard of 137 rentals, first HTML as sent (${contentEncoding ?? 'not compressed'})`,
    unit: 'kB',
    better: 'lower',
    ours: [bytes / 1_000],
    floor: { name: 'not compressed', values: [page.byteLength / 1_000] },
  };
  return [...figures.map((figure) => ({ ...figure, goal: goalOf(goals[figure.id]) })), size];
}

const goalOf = (value: number | undefined) => (value === undefined ? undefined : { value });

async function signInByForm(base: string, email: string): Promise<string> {
  const response = await fetch(`${base}/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', origin: base },
    body: new URLSearchParams({ email, password: accountPassword }),
    redirect: 'manual',
  });
  const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]!);
  if (response.status !== 303 || cookies.length === 0) throw new Error(`sign-in answered ${response.status}`);
  return cookies.join('; ');
}

/** A rental gets a new name on the portal before each sync; measured is from the job's end until the page shows it. */
async function rowsOnPage(bench: Bench): Promise<number[]> {
  say('rows on the page');
  const { portal, rounds } = bench;
  const dancer = await newDancer(bench, 'bench-page@example.com', 50);
  const page = await signedInPage(bench, dancer.username);
  const [rental] = (await portal.rentals(dancer.username)).filter(({ status }) => status !== 'Canceled');
  const found: number[] = [];
  try {
    await expectRows(dancer.connect(portalPassword), 50);
    for (let round = 0; round < rounds; round += 1) {
      const name = `BENCH-${round}`;
      await portal.updateRental(dancer.username, rental!.recordId, { name });
      const shownAt = textAppears(page, name);
      const { job } = await dancer.sync();
      found.push((await shownAt) - Date.parse(job.completedAt!));
    }
  } finally {
    dancer.close();
    await page.context().close();
  }
  return found;
}

/** The wall-clock time at which the text is in the document. */
function textAppears(page: Page, text: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const check = () => {
          if (!document.body.textContent.includes(wanted)) return;
          observer.disconnect();
          resolve(Date.now());
        };
        const observer = new MutationObserver(check);
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        check();
      }),
    text,
  );
}
