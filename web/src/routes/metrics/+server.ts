import type { RequestEvent } from '@sveltejs/kit';

export const GET = async ({ locals }: RequestEvent): Promise<Response> => {
  const { registry } = locals.services.metrics;
  return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } });
};
