import type { RequestEvent } from '@sveltejs/kit';
import { isInside } from '#lib/server/inside.ts';

/** Whether the service can do its work, and inside, part by part. */
export const GET = async (event: RequestEvent): Promise<Response> => {
  const health = await event.locals.services.health();
  const ready = Object.values(health).every(Boolean);
  const parts = Object.fromEntries(Object.entries(health).map(([name, up]) => [name, up ? 'ok' : 'failed']));
  return Response.json(
    { status: ready ? 'ok' : 'failed', ...(isInside(event) && { parts }) },
    { status: ready ? 200 : 503, headers: { 'cache-control': 'no-store' } },
  );
};
