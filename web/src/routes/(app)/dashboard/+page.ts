import type { PageLoad } from './$types';

/** Most visitors are in no group: its scripts come where there is something to show. */
export const load: PageLoad = async ({ data }) => {
  const isShared = data.offers.length + data.shared.length > 0;
  return { ...data, SharedWithYou: isShared ? (await import('#lib/groups/shared-with-you.svelte')).default : null };
};
