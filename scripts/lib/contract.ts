/** What callers of the REST API may rely on: the OpenAPI document of the last release, and the types made of it. */
import openapiTypescript, { astToString } from 'openapi-typescript';
import { inProject } from '#platform/paths.ts';

export const contractPaths = {
  document: inProject('client', 'contract', 'openapi.json'),
  types: inProject('client', 'contract', 'rest.ts'),
};

const header = '/** Made by `npm run contract` from openapi.json; not to be edited. */\n';

export async function restTypesOf(document: object): Promise<string> {
  const types = await openapiTypescript(JSON.stringify(document), { rootTypes: true, rootTypesNoSchemaPrefix: true });
  return header + astToString(types);
}
