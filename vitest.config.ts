import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

/** Folders whose tests share a process with those before them: the modules are loaded once, which takes longer than most of these tests. */
const sharing = ['cli', 'client', 'db', 'deploy', 'domain', 'observability', 'portal', 'web'].map(
  (folder) => `tests/${folder}/**/*.test.ts`,
);

/** A file that takes minutes must not begin when all others have ended. */
const longest = /\/(scripts\/start|faults\/short|workflows\/herd|service\/survival)\.test\.ts$/;

/** Of a module of SvelteKit that is there in its own build only. */
const standIn = (name: string) => fileURLToPath(new URL(`tests/components/support/${name}.ts`, import.meta.url));

class LongestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer['sort']>[0]) {
    const sorted = await super.sort(files);
    const isLongest = ({ moduleId }: (typeof sorted)[number]) => longest.test(moduleId);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

// Components want a browser's DOM and Svelte's compiler; everything else is plain Node with the real services.
export default defineConfig({
  test: {
    globalSetup: ['tests/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // As in playwright.config.ts.
    retry: process.env.CI ? 1 : 0,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/components/**', 'tests/e2e/**', ...sharing],
        },
      },
      {
        extends: true,
        test: { name: 'sharing', environment: 'node', include: sharing, isolate: false },
      },
      {
        plugins: [svelte(), svelteTesting()],
        resolve: { alias: { '$app/forms': standIn('forms'), '$app/navigation': standIn('navigation') } },
        test: { name: 'components', environment: 'jsdom', include: ['tests/components/**/*.test.ts'] },
      },
    ],
  },
});
