import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({ sheets: await locals.api.callSheets.list() });
