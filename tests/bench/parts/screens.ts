/** What a dancer waits for in a browser: the dashboard on a slow phone, a click's answer, and the way from registering to the rentals. */
import type { CDPSession, Page } from 'playwright';
import { AccountPage } from '../../e2e/pages/account-page.ts';
import { DashboardPage } from '../../e2e/pages/dashboard-page.ts';
import { expectRows, newDancer, noDelays, portalPassword, say, signedInPage } from '../bench.ts';
import type { Bench } from '../bench.ts';
import type { Figure, PartResult } from '../figures.ts';
import { accountPassword } from '../service.ts';

const common = { part: 'screens', unit: 'ms', better: 'lower' } as const;

export async function screening(bench: Bench): Promise<PartResult> {
  return { figures: [await largestPaint(bench), await clickToProgress(bench), await onboarding(bench)] };
}

/** 1.6 Mbit/s down, 0.75 up, 150 ms, and a fourth of the processor. */
async function slowPhone(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: 1_600_000 / 8,
    uploadThroughput: 750_000 / 8,
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  return session;
}

async function largestPaint(bench: Bench): Promise<Figure> {
  say('the dashboard on a slow phone');
  const reader = await bench.reader(137);
  const found: number[] = [];
  // As at a first visit: nothing from the cache, and no service worker that has it.
  const page = await signedInPage(bench, reader.username, {
    viewport: { width: 390, height: 844 },
    serviceWorkers: 'block',
  });
  try {
    const session = await slowPhone(page);
    for (let round = 0; round < bench.rounds; round += 1) {
      await session.send('Network.clearBrowserCache');
      await page.goto(`${bench.stack.url}/dashboard`, { waitUntil: 'load' });
      found.push(await page.evaluate(largestPaintOfPage));
    }
  } finally {
    await page.context().close();
  }
  return {
    ...common,
    id: 'page.lcp',
    title: 'Largest paint of the dashboard, slow phone',
    ours: found,
    goal: { value: 1_200 },
  };
}

/** The last candidate so far: those before a page's load are told at once. */
const largestPaintOfPage = () =>
  new Promise<number>((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1)!.startTime)).observe({
      type: 'largest-contentful-paint',
      buffered: true,
    });
  });

async function clickToProgress(bench: Bench): Promise<Figure> {
  say('click to the progress in a browser');
  const dancer = await newDancer(bench, 'bench-click@example.com', 5);
  await bench.portal.setDelays(noDelays, dancer.username);
  await expectRows(dancer.connect(portalPassword), 5);
  dancer.close();
  const page = await signedInPage(bench, dancer.username);
  const dashboard = new DashboardPage(page);
  const found: number[] = [];
  try {
    for (let round = 0; round < bench.rounds; round += 1) {
      await dashboard.syncNow.waitFor();
      const progress = page.evaluate(progressAfterClick);
      await dashboard.syncNow.click();
      found.push(await progress);
      await dashboard.untilSynced(5);
    }
  } finally {
    await page.context().close();
  }
  return { ...common, id: 'page.click', title: 'Click to the progress on the page', ours: found, goal: { value: 100 } };
}

/** From the click's own time until the frame with the progress is drawn. */
const progressAfterClick = () =>
  new Promise<number>((resolve) => {
    const clicked = (event: MouseEvent) => {
      const observer = new MutationObserver(() => {
        if (!document.querySelector('.progress .text')) return;
        observer.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - event.timeStamp));
      });
      observer.observe(document.body, { subtree: true, childList: true });
    };
    document.addEventListener('click', clicked, { once: true, capture: true });
  });

/** A portal that answers at once, so that all of the time is ours. */
async function onboarding(bench: Bench): Promise<Figure> {
  say('from registering to the rentals');
  const found: number[] = [];
  for (let round = 0; round < bench.rounds; round += 1) {
    const username = `bench-new-${round}@example.com`;
    await bench.portal.addUser({ username, password: portalPassword, rentals: 50 });
    await bench.portal.setDelays(noDelays, username);
    const page = await (await bench.browser.newContext({ baseURL: bench.stack.url })).newPage();
    try {
      const dashboard = new DashboardPage(page);
      const begun = performance.now();
      await new AccountPage(page).register(username, accountPassword);
      await dashboard.connect(username, portalPassword);
      await dashboard.rows.first().waitFor();
      found.push(performance.now() - begun);
    } finally {
      await page.context().close();
    }
  }
  const title = 'Registering, connecting, 50 rentals on the page';
  return { ...common, id: 'page.onboarding', title, ours: found, goal: { value: 10_000 } };
}
