import type { LogLevel } from '#domain/shapes/sync.ts';
import { loaded } from '#lib/server/pages/page.ts';
import type { PageServerLoad } from './$types';

const levels: string[] = ['info', 'warn', 'error'] satisfies LogLevel[];

export const load: PageServerLoad = async (event) => {
  // The page asks for this again when its sync has gone on.
  event.depends('app:syncs');
  const { id } = event.params;
  const { api } = event.locals;
  const { searchParams } = event.url;
  const given = searchParams.get('level') ?? '';
  const level = levels.includes(given) ? (given as LogLevel) : null;
  const page = { jobId: id, level: level ?? undefined, limit: 100, cursor: searchParams.get('after') || null };
  const [job, { logs, nextCursor }, timeline] = await loaded(
    Promise.all([api.sync.job({ id }), api.sync.jobLogs(page), api.sync.timeline({ id })]),
  );
  return { job, level, logs, nextCursor, timeline };
};
