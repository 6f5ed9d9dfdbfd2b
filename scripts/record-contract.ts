/**
 * Keeps the REST API as it is now, and the types of the client with it. The first time in a new version it is also kept as what that
 * release promises; the document of a release is never written again.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { inProject } from '#platform/paths.ts';
import { openApiDocument } from '#lib/server/rest/openapi.ts';
import { contractPaths, freezeRelease, restTypesOf, textOf } from './lib/contract.ts';

const document = openApiDocument();
await writeFile(contractPaths.document, textOf(document));
await writeFile(contractPaths.types, await restTypesOf(document));
const { version } = JSON.parse(await readFile(inProject('package.json'), 'utf8')) as { version: string };
if (await freezeRelease({ version, document }))
  console.log(`client/contract/releases/${version}.json is new: what ${version} promises`);
