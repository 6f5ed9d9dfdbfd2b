/** `node scripts/sbom.ts FILE`: writes which npm packages are installed here. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { inProject } from '#platform/paths.ts';
import { sbomOf, type Lock } from './lib/sbom.ts';

const lock = JSON.parse(await readFile(inProject('package-lock.json'), 'utf8')) as Lock;
const sbom = sbomOf(lock, (path) => existsSync(inProject(path)));
await writeFile(process.argv[2]!, `${JSON.stringify(sbom, null, 1)}\n`);
