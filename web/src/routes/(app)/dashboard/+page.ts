import type { PageLoad } from './$types';

/** Scripts of what most visitors do not see come where there is something to show. */
export const load: PageLoad = async ({ data }) => {
  const isShared = data.offers.length + data.shared.length > 0;
  const [shared, urgent] = await Promise.all([
    isShared ? import('#lib/groups/shared-with-you.svelte') : null,
    data.urgent.length > 0 ? import('#lib/changes/urgent-band.svelte') : null,
  ]);
  return { ...data, SharedWithYou: shared?.default ?? null, UrgentBand: urgent?.default ?? null };
};
