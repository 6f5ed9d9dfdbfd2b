import { loaded, userOf } from '#lib/server/pages/page.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  userOf(event);
  const { id } = event.params;
  const { api } = event.locals;
  const cursor = event.url.searchParams.get('after');
  const [job, { logs, nextCursor }] = await loaded(
    Promise.all([api.sync.job({ id }), api.sync.jobLogs({ jobId: id, limit: 100, cursor: cursor || null })]),
  );
  return { job, logs, laterHref: nextCursor && `/history/${id}?after=${encodeURIComponent(nextCursor)}` };
};
