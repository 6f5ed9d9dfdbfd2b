import type { RequestEvent } from '@sveltejs/kit';
import { handleRest } from '#lib/server/rest/handle.ts';

export const fallback = (event: RequestEvent): Promise<Response> => {
  return handleRest(event, (event.params as { path: string }).path);
};
