import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inProject } from '#platform/paths.ts';

const documentsIn = (folder: string) =>
  readdirSync(inProject(folder))
    .filter((file) => file.endsWith('.md') && file !== 'CHANGELOG.md')
    .map((file) => (folder === '.' ? file : `${folder}/${file}`));

/** Paths below our own folders; what is made at run time or belongs to others has none of these in front. */
const ours =
  /`((?:activities|cli|client|db|deploy|docs|domain|notifications|observability|platform|scripts|temporal|tests|web|workflows)\/[\w./()+[\]-]+\.\w+)`/g;

it.each([...documentsIn('.'), ...documentsIn('docs')])('%s names only files that exist', (document) => {
  const named = [...readFileSync(inProject(document), 'utf8').matchAll(ours)].map(([, path]) => path!);
  expect(named.filter((path) => !existsSync(inProject(path)))).toEqual([]);
});
