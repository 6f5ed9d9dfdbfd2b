import { defineConfig } from '@playwright/test';

// Set by the global set-up before the test processes load this file again.
const { E2E_BASE_URL, E2E_CHROMIUM_PATH } = process.env;

const sized = (width: number, height: number) => ({ viewport: { width, height } });
/** What happens between tabs and the server is the same at any width. */
const sizeless =
  /(live|maintenance|paper|walk|device|webhooks|notifications|losses|operate|costs|as-of|ways|call-sheets|groups|google-calendar)\.spec\.ts$/;

const touch = { isMobile: true, hasTouch: true };

export default defineConfig({
  testDir: 'tests/e2e',
  globalSetup: './tests/support/e2e-setup.ts',
  outputDir: 'test-results',
  fullyParallel: false,
  // The journeys wait more than they compute; each has a dancer and faults of its own, so two files run side by side.
  workers: 2,
  // On machines of others something may stall; here at once every failure is to be seen.
  retries: process.env.CI ? 1 : 0,
  timeout: 90_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    baseURL: E2E_BASE_URL,
    launchOptions: {
      executablePath: E2E_CHROMIUM_PATH,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
    // Pictures of each moment cost more than what they show.
    trace: { mode: 'retain-on-failure', screenshots: false },
    locale: 'en-US',
    timezoneId: 'America/New_York',
  },
  projects: [
    { name: 'desktop', use: sized(1440, 900) },
    // It shows the layout of 320 px with more room: there the main ways are walked, and all of them on the narrow one.
    { name: 'phone', use: { ...sized(390, 844), ...touch }, testMatch: /journey\.spec\.ts$/ },
    { name: 'narrow', use: { ...sized(320, 640), ...touch }, testIgnore: sizeless },
  ],
});
