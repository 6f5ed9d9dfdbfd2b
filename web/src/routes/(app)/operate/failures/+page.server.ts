import { loaded } from '#lib/server/pages/page.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ url, locals }) =>
  loaded(locals.api.operate.failurePages({ cursor: url.searchParams.get('before') || null }));
