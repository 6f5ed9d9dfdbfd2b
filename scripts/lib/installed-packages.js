/** Whether node_modules holds what package-lock.json says, judged by the record that npm keeps in node_modules. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const readPackages = (path) => JSON.parse(readFileSync(path, 'utf8')).packages ?? {};

/** @param {string} root the folder of package.json */
export function installedMatches(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(record);
  return Object.entries(wanted).every(([path, { version, optional, peer }]) => {
    if (path === '') return true;
    const entry = installed[path];
    return entry ? entry.version === version && existsSync(join(root, path)) : Boolean(optional || peer);
  });
}
