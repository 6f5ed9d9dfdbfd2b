/**
 * The client as a package of its own: plain JavaScript, and types that need nothing of the server. It is named like this project,
 * so that `gibney-sync/client` is the same here and elsewhere, and depends only on what a client needs.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { inProject } from '#platform/paths.ts';
import { openApiDocument } from '#lib/server/rest/openapi.ts';
import { clientTypes } from './client-types.ts';
import { restTypesOf } from './contract.ts';

const dependencies = ['@trpc/client', '@trpc/server', 'eventsource-parser', 'openapi-fetch'];

/** Returns its folder. */
export async function buildClient(folder = inProject('client', 'dist')): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await build({
    configFile: false,
    root: inProject(),
    logLevel: 'warn',
    build: {
      ssr: inProject('client', 'index.ts'),
      outDir: folder,
      target: 'es2023',
      minify: false,
      copyPublicDir: false,
      rolldownOptions: { output: { entryFileNames: 'index.js' } },
    },
  });
  await mkdir(join(folder, 'contract'));
  const files = { ...clientTypes(), 'contract/rest.d.ts': await restTypesOf(openApiDocument()) };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(await manifest(), null, 2)}\n`);
  return folder;
}

async function manifest(): Promise<object> {
  const project = JSON.parse(await readFile(inProject('package.json'), 'utf8')) as {
    version: string;
    license: string;
    dependencies: Record<string, string>;
  };
  return {
    name: 'gibney-sync',
    version: project.version,
    type: 'module',
    license: project.license,
    description: 'A client of gibney-sync: REST and tRPC with their types, and the live status.',
    engines: { node: '>=20.3' },
    exports: { './client': { types: './index.d.ts', default: './index.js' } },
    dependencies: Object.fromEntries(dependencies.map((name) => [name, `^${project.dependencies[name]}`])),
  };
}
