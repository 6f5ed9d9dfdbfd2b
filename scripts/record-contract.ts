/** Keeps the REST API as it is now as what callers may rely on, and the types of the client with it. For each release. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openApiDocument } from '#lib/server/rest/openapi.ts';
import { contractPaths, restTypesOf } from './lib/contract.ts';

const document = openApiDocument();
await mkdir(dirname(contractPaths.document), { recursive: true });
await writeFile(contractPaths.document, `${JSON.stringify(document, null, 2)}\n`);
await writeFile(contractPaths.types, await restTypesOf(document));
