import { loaded } from '#lib/server/pages/page.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({ health: await loaded(locals.api.operate.health()) });
