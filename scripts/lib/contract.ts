/** What callers of the REST API may rely on: the OpenAPI documents of the releases, and the types of the present one. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { inProject } from '#platform/paths.ts';

export const contractPaths = {
  document: inProject('client', 'contract', 'openapi.json'),
  types: inProject('client', 'contract', 'rest.ts'),
  /** One for each release, and none is ever changed. */
  releases: inProject('client', 'contract', 'releases'),
};

export interface Release {
  version: string;
  document: object;
}

/** Oldest first. */
export async function readReleases(folder = contractPaths.releases): Promise<Release[]> {
  const versions = (await readdir(folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => basename(name, '.json'));
  const numbers = new Intl.Collator('en', { numeric: true });
  return Promise.all(
    versions.sort(numbers.compare).map(async (version) => {
      const text = await readFile(join(folder, `${version}.json`), 'utf8');
      return { version, document: JSON.parse(text) as object };
    }),
  );
}

/** False where this release has its document already, which stays as it is. */
export async function freezeRelease({ version, document }: Release, folder = contractPaths.releases): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${version}.json`);
  try {
    await writeFile(file, textOf(document), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

export const textOf = (document: object) => `${JSON.stringify(document, null, 2)}\n`;

const header = '/** Made by `npm run contract` from openapi.json; not to be edited. */\n';

export async function restTypesOf(document: object): Promise<string> {
  const types = await openapiTypescript(JSON.stringify(document), { rootTypes: true, rootTypesNoSchemaPrefix: true });
  return header + astToString(types);
}
