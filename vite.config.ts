import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { loadConfig } from './config.ts';
import { applyEdgeRules } from './web/edge/rules.ts';

/** Gives requests under `vite dev` the same treatment as in production. */
function edgeRules(): Plugin {
  return {
    name: 'edge-rules',
    apply: 'serve',
    configureServer(server) {
      const { TRUST_PROXY: trustProxy } = loadConfig();
      server.middlewares.use((request, response, next) => {
        if (!applyEdgeRules(request, response, { trustProxy })) next();
      });
    },
  };
}

export default defineConfig({
  plugins: [
    edgeRules(),
    sveltekit({
      adapter: adapter({ out: 'web/build' }),
      files: { src: 'web/src', assets: 'web/static' },
      csp: {
        mode: 'auto',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
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
