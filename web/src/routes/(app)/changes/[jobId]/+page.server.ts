import { loaded } from '#lib/server/pages/page.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { jobId } = event.params;
  const { api } = event.locals;
  const cursor = event.url.searchParams.get('after') || null;
  const [job, { entries, nextCursor }] = await loaded(
    Promise.all([api.sync.job({ id: jobId }), api.changes.ofJob({ jobId, limit: 100, cursor })]),
  );
  return { job, entries, moreHref: nextCursor && `/changes/${jobId}?after=${encodeURIComponent(nextCursor)}` };
};
