/** Under which licenses the packages come that we ship, and whether those are ones that we may ship. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { inProject } from '#platform/paths.ts';

export interface Licensed {
  /** Name and version. */
  name: string;
  /** As an SPDX expression; null where the package does not say. */
  license: string | null;
}

/** Those that ask for no more than a notice. MPL-2.0 and OFL-1.1 bind changes of the files themselves, which we make none. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'OFL-1.1',
  'Unlicense',
]);

interface Lock {
  packages: Record<string, { version?: string; license?: string; dev?: boolean }>;
}

/** All packages that are installed without the ones for development only, by name. */
export async function shippedPackages(lockFile = inProject('package-lock.json')): Promise<Licensed[]> {
  const { packages } = JSON.parse(await readFile(lockFile, 'utf8')) as Lock;
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  const named = shipped.map(async ([path, { version, license }]) => ({
    name: `${path.split('node_modules/').at(-1)} ${version}`,
    license: license && license !== vague ? license : await licenseFileOf(path),
  }));
  return (await Promise.all(named)).sort((one, other) => one.name.localeCompare(other.name));
}

/** Of which there are several. */
const vague = 'BSD';

/** Some packages say it in their license's text only. */
async function licenseFileOf(path: string): Promise<string | null> {
  const file = inProject(path, 'LICENSE');
  if (!existsSync(file)) return null;
  const text = await readFile(file, 'utf8');
  if (/This is free and unencumbered software/.test(text)) return 'Unlicense';
  if (/Redistribution\s+and\s+use\s+in\s+source\s+and\s+binary\s+forms/.test(text))
    return /may\s+not\s+be\s+used\s+to\s+endorse/.test(text) ? 'BSD-3-Clause' : 'BSD-2-Clause';
  return /Permission is hereby granted, free of charge/.test(text) ? 'MIT' : null;
}

/** Those that we may not ship, or do not know whether we may. An `OR` needs one that is allowed, an `AND` all. */
export function refused(packages: Licensed[]): Licensed[] {
  return packages.filter(({ license }) => license === null || !isAllowed(license));
}

function isAllowed(expression: string): boolean {
  const plain = expression.replace(/[()]/g, '');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((name) => allowed.has(name.trim())));
}
