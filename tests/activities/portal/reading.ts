/** A visit of a portal without database and workflow. */
import type { Cookie, Page } from 'playwright';
import { PortalError } from '#activities/failures.ts';
import { PortalVisit, type Reading } from '#activities/portal/portal-visit.ts';
import { RowStore } from '#activities/portal/row-store.ts';
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { shortPortalTimeouts, useBrowsers } from './harness.ts';

export const credentials = { username: 'dancer@example.test', password: 'Plié "42" & more' };

const noCookies: { name: string; value: string; expires?: number }[] = [];

export interface Read {
  end: Reading;
  rentals: StagedRental[];
  signedIn: boolean;
  cookies: Cookie[];
}

export interface Misread {
  kind: FailureKind;
  message: string;
  operatorNote: string | undefined;
}

/** A browser for the test file, and the visits with it. */
export function useReading() {
  const browsers = useBrowsers();

  function read(
    portalUrl: string,
    { hasSession = false, timeouts = shortPortalTimeouts, cookies = noCookies } = {},
  ): Promise<Read> {
    const rows = new RowStore(portalUrl);
    const listener = { onRows: ignore, onRestart: ignore };
    const work = async (page: Page) => {
      await page.context().addCookies(cookies.map((cookie) => ({ ...cookie, url: portalUrl })));
      const options = Promise.resolve({ hasSession, rows, listener, timeouts });
      const visit = await PortalVisit.open(page, portalUrl, options);
      const end = await readSignedIn(visit);
      return { end, rentals: rows.all(), signedIn: visit.signedIn, cookies: await page.context().cookies() };
    };
    return browsers().withPage(new AbortController().signal, work, { portalUrl });
  }

  async function misread(portalUrl: string, options: Parameters<typeof read>[1] = {}): Promise<Misread> {
    try {
      throw new Error(`it read ${JSON.stringify((await read(portalUrl, options)).end)}`);
    } catch (error) {
      if (!(error instanceof PortalError)) throw error;
      return { kind: error.kind, message: error.message, operatorNote: error.operatorNote };
    }
  }

  return { read, misread };
}

async function readSignedIn(visit: PortalVisit): Promise<Reading> {
  for (;;) {
    const list = await visit.openList();
    const end = list && (await visit.read(list));
    if (end && end.kind !== 'signed_out') return end;
    if (visit.signedIn) await visit.reenter();
    else await visit.signIn(credentials);
  }
}

function ignore(): void {}
