import type { RequestEvent } from '@sveltejs/kit';
import { isInside } from '#lib/server/inside.ts';

export const GET = async (event: RequestEvent): Promise<Response> => {
  if (!isInside(event)) return new Response(null, { status: 404 });
  const { registry } = event.locals.services.metrics;
  return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } });
};
