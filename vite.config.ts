import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import type { Plugin, Rolldown } from 'vite';
import { loadConfig } from '#platform/config.ts';
import { handleDirectly } from './web/edge/direct.ts';
import { applyEdgeRules } from './web/edge/rules.ts';

/** Gives requests under `vite dev` the same treatment as in production. */
function edgeRules(): Plugin {
  return {
    name: 'edge-rules',
    apply: 'serve',
    configureServer(server) {
      const { TRUST_PROXY: trustProxy } = loadConfig();
      server.middlewares.use((request, response, next) => {
        if (applyEdgeRules(request, response, { trustProxy })) return;
        const answered = handleDirectly(request, response);
        if (answered) answered.catch(next);
        else next();
      });
    },
  };
}

/** What several pages share and the dashboard, which is opened most, does not show, or not to everybody. */
const apart = [
  /[\\/]lib[\\/](groups|call-sheets|operate|account|webhooks)\b/,
  /[\\/]lib[\\/]bookings[\\/](booking-query|period-heading|totals|export-links)\b/,
  /[\\/]lib[\\/](changes[\\/]change-label|forms[\\/](copy-text|select-field)|navigation[\\/]page-tabs|time[\\/]freshness)\b/,
  /[\\/]lib[\\/](shell[\\/](page-layout|settings-section)|sync[\\/](follow-syncs|history-query))\b/,
  /[\\/]domain[\\/]events\b/,
  /[\\/]icons[\\/](arrow-(left|right)|chevron-(left|right)|circle-dot|download|map-pin|minus|pencil|plus|tag|undo-2)\b/,
];
const ofMost = (id: string) => !apart.some((pattern) => pattern.test(id));

/**
 * Few files for a page: the framework, what several pages share, and the page's own. SvelteKit's entry keeps its files:
 * it loads the runtime once the payload is set, not before.
 */
const scriptFiles: Rolldown.CodeSplittingGroup[] = [
  { name: 'payload', test: /runtime[\\/]client[\\/]payload\.js$/, priority: 3 },
  { name: 'preload', test: /vite[\\/]preload-helper/, priority: 3 },
  {
    name: 'framework',
    test: (id) => /node_modules[\\/](svelte|@sveltejs|devalue|esm-env|clsx)[\\/]/.test(id) && !isEntry(id),
    priority: 2,
  },
  { name: 'shared', test: (id) => ofMost(id) && !isEntry(id), minShareCount: 3, priority: 1 },
];

function isEntry(id: string): boolean {
  return /runtime[\\/]client[\\/](client-)?entry\.js$/.test(id);
}

export default defineConfig({
  environments: {
    client: { build: { rolldownOptions: { output: { codeSplitting: { groups: scriptFiles } } } } },
  },
  plugins: [
    edgeRules(),
    sveltekit({
      adapter: adapter({ out: 'web/build' }),
      // How often an open page looks whether there is a newer version, beside each time that it is come back to.
      version: { pollInterval: 60_000 },
      files: { src: 'web/src', assets: 'web/static' },
      // All styles of a page stand in its HTML: as files they come after the scripts, and nothing is painted before the last of them.
      inlineStyleThreshold: 20_000,
      csp: {
        mode: 'auto',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          // SvelteKit hides its announcer of page changes by a style attribute; this one text is allowed, no other.
          'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
          'img-src': ['self', 'data:'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
    }),
  ],
});
