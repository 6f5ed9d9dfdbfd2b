import { apiDocs } from '#lib/server/rest/api-docs.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => apiDocs();
