import { loaded, userOf } from '#lib/server/pages/page.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  userOf(event);
  const cursor = event.url.searchParams.get('before');
  const { jobs, nextCursor } = await loaded(event.locals.api.sync.history({ limit: 25, cursor: cursor || null }));
  return { jobs, olderHref: nextCursor && `/history?before=${encodeURIComponent(nextCursor)}`, isFirst: !cursor };
};
