import { loaded, submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const cursor = event.url.searchParams.get('before') || null;
  const { groups, nextCursor } = await loaded(event.locals.api.changes.groups({ limit: 10, cursor }));
  return { groups, olderHref: nextCursor && `/changes?before=${encodeURIComponent(nextCursor)}`, isFirst: !cursor };
};

export const actions: Actions = {
  seen: async (event) => {
    const { upTo } = await textsOf(event.request, 'upTo');
    return submitted('seen', {}, () => event.locals.api.changes.markSeen({ upTo: upTo || undefined }));
  },
};
