import { loaded } from '#lib/server/pages/page.ts';
import { historyHref, jobFilterOf, readHistoryQuery } from '#lib/sync/history-query.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  // The page asks for this again when a sync has ended.
  event.depends('app:syncs');
  const query = readHistoryQuery(event.url.searchParams);
  const cursor = event.url.searchParams.get('before') || null;
  const filter = jobFilterOf(query);
  const { api } = event.locals;
  // The status is read first: jobs that are read after it are never older than what it says.
  const status = await api.sync.status();
  const { jobs, nextCursor } = await loaded(api.sync.history({ ...filter, limit: 25, cursor }));
  return { query, status, jobs, olderHref: nextCursor && historyHref(query, nextCursor), isFirst: !cursor };
};
