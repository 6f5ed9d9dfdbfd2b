/** The live dashboard's calls to the server, over the one client of the page. */
import { invalidateAll } from '$app/navigation';
import { apiErrorOf, createApi } from '#lib/trpc/client.ts';
import type { SyncApi } from './sync-live.svelte.ts';

export function createSyncApi(api = createApi()): SyncApi {
  return {
    request: () => api.sync.request.mutate(),
    cancel: (jobId) => api.sync.cancel.mutate({ jobId }),
    subscribe({ onView, onLine }) {
      const subscription = api.sync.onStatus.subscribe(undefined, {
        onData: ({ data }) => onView(data),
        onConnectionStateChange: ({ error }) => onLine(!error),
        // It will not be tried again, so what the page shows is no longer live.
        onError(error) {
          onLine(false);
          // Signed out elsewhere: reading the page again leads to the sign-in.
          if (apiErrorOf(error)?.reason === 'unauthorized') void invalidateAll();
        },
      });
      return () => subscription.unsubscribe();
    },
    explain: (error) =>
      apiErrorOf(error)?.message ?? 'We could not reach the server. Check your connection and try again.',
  };
}
