/** What mail programs call for their own button (RFC 8058): a POST without a session, whatever it holds. */
import { redirect, type RequestEvent } from '@sveltejs/kit';
import { unsubscribe } from '#lib/server/notices/unsubscribe.ts';

export const POST = async ({ locals, params }: RequestEvent): Promise<Response> => {
  const isOurs = await unsubscribe(locals.services, params.token!);
  return new Response(null, { status: isOurs ? 204 : 404 });
};

/** Older ones open it like any link, and so do filters that look at all of them. */
export const GET = ({ params }: RequestEvent): never => redirect(303, `/unsubscribe/${params.token!}`);
