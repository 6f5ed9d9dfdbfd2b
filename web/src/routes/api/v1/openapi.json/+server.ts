import { openApiDocument } from '#lib/server/rest/openapi.ts';

export const GET = (): Response =>
  Response.json(openApiDocument(), { headers: { 'access-control-allow-origin': '*' } });
