import { error } from '@sveltejs/kit';
import type { RequestEvent } from '@sveltejs/kit';
import { localMailPage, localMailPolicy } from '#lib/server/pages/local-mail.ts';

export const GET = async ({ locals, request, getClientAddress }: RequestEvent): Promise<Response> => {
  const caller = { clientAddress: getClientAddress(), host: request.headers.get('host') ?? '' };
  const page = await localMailPage(locals.services, caller);
  if (page === null) error(404, 'Not Found');
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': localMailPolicy,
  };
  return new Response(page, { headers });
};
