/** A dancer with sixty rentals at the stand-in portal, which forgets everything before each test. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startPortal, type Misbehaviour, type Portal } from '../../portal/server.ts';
import { useScrape, type Dancer } from './harness.ts';

export const username = 'dancer@example.test';
export const password = 'Plié "42" & more % ü';

export function useDancer() {
  const scrape = useScrape();
  const at = {} as { portal: Portal; dancer: Dancer };
  beforeAll(async () => {
    at.portal = await startPortal({ users: [{ username, password, rentals: 60 }] });
  });
  afterAll(() => at.portal.close());
  beforeEach(async () => {
    at.portal.control.reset();
    at.portal.control.resetCounters();
    at.dancer = await scrape.connect(username, password);
  });
  const misbehave = (...all: Misbehaviour[]) => all.forEach((what) => at.portal.control.misbehave(what));
  return { scrape, at, misbehave };
}

export const longPortalTimeouts = {
  documentMs: 60_000,
  contentMs: 60_000,
  linkMs: 60_000,
  clickResponseMs: 60_000,
  signInMs: 60_000,
  verdictMs: 60_000,
  quietMs: 60_000,
  settleMs: 300,
};
