/** A list of the installed npm packages in CycloneDX's form; npm's own leaves out most of what only packages need. */

export interface Lock {
  name: string;
  version: string;
  packages: Record<string, { version?: string; license?: string; integrity?: string; link?: boolean }>;
}

/** @param isInstalled by the path in the lock, as `node_modules/pg` */
export function sbomOf(lock: Lock, isInstalled: (path: string) => boolean) {
  const found = Object.entries(lock.packages).filter(([path, { link }]) => path !== '' && !link && isInstalled(path));
  const components = found.map(([path, entry]) => component(path, entry));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name: lock.name, version: lock.version } },
    components: [...new Map(components.map((one) => [one.purl, one])).values()],
  };
}

function component(path: string, { version = '', license, integrity }: Lock['packages'][string]) {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const sha512 = integrity?.startsWith('sha512-') && Buffer.from(integrity.slice(7), 'base64').toString('hex');
  return {
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(license && { licenses: [{ expression: license }] }),
    ...(sha512 && { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
  };
}
