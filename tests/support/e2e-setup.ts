import { findChromium } from '#platform/find-chromium.ts';
import { startStack } from './stack.ts';
import { googleEnv, startStandInGoogle } from './stand-in-google.ts';

/**
 * Brings up the whole service for the journeys in the browser. They find it by environment variables: `E2E_BASE_URL`,
 * `E2E_PORTAL_URL` for the stand-in portal with its control calls, and `E2E_GOOGLE_URL` for the one for Google.
 */
export default async function e2eSetup(): Promise<() => Promise<void>> {
  const chromium = await findChromium(process.env.CHROMIUM_PATH, (line) => process.stderr.write(`${line}\n`));
  const google = await startStandInGoogle();
  // Calendars of the journeys are on this machine, too.
  const env = {
    RATE_LIMIT_SCALE: '0',
    OUTBOUND_ALLOW: '127.0.0.1,localhost',
    // Another site than ours, as it is in earnest: what cookies come back from there depends on it.
    ...googleEnv(google.url.replace('127.0.0.1', 'localhost')),
    DESK_PHONE: '+1 (646) 555-0100',
    CHROMIUM_PATH: chromium.executablePath,
  };
  const stack = await startStack({ env });
  process.env.E2E_BASE_URL = stack.url;
  process.env.E2E_PORTAL_URL = stack.portalUrl;
  process.env.E2E_GOOGLE_URL = google.url;
  process.env.E2E_DATABASE_URL = stack.databaseUrl;
  process.env.E2E_CHROMIUM_PATH = chromium.executablePath;
  return async () => {
    await stack.stop();
    await google.close();
  };
}
