import type { RequestEvent } from '@sveltejs/kit';

/** Whether the service can do its work, part by part. */
export const GET = async ({ locals }: RequestEvent): Promise<Response> => {
  const health = await locals.services.health();
  const ready = Object.values(health).every(Boolean);
  const parts = Object.fromEntries(Object.entries(health).map(([name, up]) => [name, up ? 'ok' : 'failed']));
  return Response.json(
    { status: ready ? 'ok' : 'failed', parts },
    { status: ready ? 200 : 503, headers: { 'cache-control': 'no-store' } },
  );
};
