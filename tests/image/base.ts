/** The image to build on: the Dockerfile's own where its registry answers, else one made of Debian's and npm's packages. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from '#platform/cache.ts';
import { inProject, userCacheDir } from '#platform/paths.ts';
import type { Tools } from './tools.ts';

const run = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;

type Say = (line: string) => void;

export async function findBase(tools: Tools, say: Say): Promise<string> {
  const named = await namedBase();
  try {
    await tools.buildah('pull', '--quiet', '--retry', '0', `docker.io/library/${named}`);
    return `docker.io/library/${named}`;
  } catch {
    say(`${named} cannot be had: its base is made of Debian's packages and of Node from npm`);
  }
  return makeBase(tools, named, say);
}

async function namedBase(): Promise<string> {
  const named = /^ARG BASE=(\S+)$/m.exec(await readFile(inProject('Dockerfile'), 'utf8'))?.[1];
  if (!named) throw new Error('the Dockerfile names no base');
  return named;
}

async function makeBase(tools: Tools, named: string, say: Say): Promise<string> {
  const name = 'localhost/gibney-sync-base';
  if (await tools.buildah('inspect', '--type', 'image', name).catch(() => null)) return name;
  const [, version, suite] = /^node:([\d.]+)-(\w+)-slim$/.exec(named)!;
  const root = await cachedFolder(join(userCacheDir(), `image-base-${suite}`), (to) => debian(suite!, to, say), say);
  const node = inProject('node_modules', 'node', 'bin', 'node');
  const npm = await fetchNpm(tools.folder);
  const { buildah } = tools;
  const container = await buildah('from', 'scratch');
  await buildah('add', '--quiet', container, join(root, 'root.tar'), '/');
  await buildah('copy', '--quiet', container, node, '/usr/local/bin/node');
  await buildah('copy', '--quiet', container, npm, '/usr/local/lib/node_modules/npm');
  const authorities = '/etc/ssl/certs/ca-certificates.crt';
  // Where the machine trusts more than Debian does, as its network's own authority, the build has to as well.
  if (existsSync(authorities)) await buildah('copy', '--quiet', container, authorities, authorities);
  const setUp = `groupadd --gid 1000 node && useradd --uid 1000 --gid 1000 --create-home node
    for name in npm npx; do ln -s ../lib/node_modules/npm/bin/$name-cli.js /usr/local/bin/$name; done
    test "$(node --version)" = v${version}`;
  await buildah('run', '--isolation', 'chroot', container, '--', 'sh', '-euc', setUp);
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await buildah('config', '--env', path, '--env', `NODE_EXTRA_CA_CERTS=${authorities}`, '--cmd', 'node', container);
  await buildah('commit', '--quiet', '--rm', container, name);
  return name;
}

async function debian(suite: string, folder: string, say: Say): Promise<void> {
  say(`making a Debian ${suite}, once; this takes some minutes`);
  const archive = join(folder, 'root.tar');
  const asTar = ['--variant=minbase', '--include=ca-certificates', suite, archive];
  try {
    await run('mmdebstrap', asTar, { maxBuffer });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const root = join(folder, 'root');
    await run('debootstrap', ['--variant=minbase', '--include=ca-certificates', suite, root], { maxBuffer });
    await run('tar', ['--create', '--file', archive, '--directory', root, '.']);
    await run('rm', ['--recursive', '--force', root]);
  }
}

/** The npm that is at work here, as a folder of its own. */
async function fetchNpm(folder: string): Promise<string> {
  const { stdout } = await run('npm', ['--version'], { cwd: folder });
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, `npm@${stdout.trim()}`], { cwd: folder });
  return join(folder, 'node_modules', 'npm');
}
