/** The live dashboard's calls to the server, over the one client of the page. */
import { version } from '$app/env';
import { page, updated } from '$app/state';
import { signInPath } from '#lib/account/sign-in-path.ts';
import { apiErrorOf, createApi, retryAfterSecondsOf } from '#lib/trpc/client.ts';
import type { Api } from '#lib/trpc/client.ts';
import { shareLine } from './shared-line.ts';
import type { StatusServer } from './status-line.ts';
import type { SyncApi } from './sync-live.svelte.ts';

export function createSyncApi(api = createApi()): SyncApi {
  const { sessionMark } = page.data;
  return {
    request: (options) => api.sync.request.mutate(options && { options }),
    cancel: (jobId) => api.sync.cancel.mutate({ jobId }),
    subscribe({ onView, onLine }) {
      // Tabs of another version may know another shape.
      return shareLine(`status ${version} ${sessionMark}`, statusServer(api), {
        onView,
        onLine(connected) {
          onLine(connected);
          // It was away, perhaps for a new version.
          if (!connected) void updated.check();
        },
        // The sign-in says why, and leads back to this page where somebody has signed in since.
        onOver: () => location.replace(signInPath(location.pathname + location.search, true)),
      });
    },
    explain: (error) =>
      apiErrorOf(error)?.message ?? 'We could not reach the server. Check your connection and try again.',
  };
}

function statusServer(api: Api): StatusServer {
  return {
    stream(onView, onCut) {
      const subscription = api.sync.onStatus.subscribe(undefined, {
        onData: ({ data }) => onView(data),
        onConnectionStateChange: ({ error }) => error && onCut(),
        onError: onCut,
        onComplete: onCut,
      });
      return () => subscription.unsubscribe();
    },
    async ask(signal) {
      try {
        return { view: await api.sync.status.query(undefined, { signal }) };
      } catch (error) {
        return apiErrorOf(error)?.reason === 'unauthorized'
          ? 'over'
          : { retryAfterSeconds: retryAfterSecondsOf(error) };
      }
    },
  };
}
