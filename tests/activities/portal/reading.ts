/** A visit of a portal without database and workflow. */
import type { Cookie } from 'playwright';
import { PortalProblem } from '#activities/failures.ts';
import { visitPortal, type Reading } from '#activities/portal/portal-visit.ts';
import { RowStore } from '#activities/portal/row-store.ts';
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { shortPortalTimeouts, useBrowsers } from './harness.ts';

export const credentials = { username: 'dancer@example.test', password: 'Plié "42" & more' };

export interface Read {
  end: Reading;
  rentals: StagedRental[];
  signedIn: boolean;
  cookies: Cookie[];
}

export interface Misread {
  kind: FailureKind;
  message: string;
}

/** A browser for the test file, and the visits with it. */
export function useReading() {
  const browsers = useBrowsers();

  function read(portalUrl: string, { hasSession = false } = {}): Promise<Read> {
    const rows = new RowStore(portalUrl);
    let signedIn = false;
    const observer = {
      onSignIn: ignore,
      onSignedIn: () => void (signedIn = true),
      onList: ignore,
      onRows: ignore,
      onRestart: ignore,
    };
    return browsers().withPage(new AbortController().signal, async (page) => {
      const options = { portalUrl, credentials, hasSession, rows, observer, timeouts: shortPortalTimeouts };
      const end = await visitPortal(page, options);
      return { end, rentals: rows.all(), signedIn, cookies: await page.context().cookies() };
    });
  }

  async function misread(portalUrl: string, options: { hasSession?: boolean } = {}): Promise<Misread> {
    try {
      throw new Error(`it read ${JSON.stringify((await read(portalUrl, options)).end)}`);
    } catch (error) {
      if (!(error instanceof PortalProblem)) throw error;
      return { kind: error.kind, message: error.message };
    }
  }

  return { read, misread };
}

function ignore(): void {}
