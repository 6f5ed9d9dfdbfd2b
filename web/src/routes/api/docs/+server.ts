import { docsPage, docsPolicy } from '#lib/server/rest/docs-page.ts';

export const GET = (): Response => {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': docsPolicy };
  return new Response(docsPage(), { headers });
};
