/** Another project on disk that has the client as npm would install it: packed, unpacked, and with what it depends on. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inProject } from '#platform/paths.ts';

const run = promisify(execFile);

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Returns its folder, which the caller removes. */
export async function makeSecondProject(): Promise<string> {
  const project = mkdtempSync(join(tmpdir(), 'gibney-sync-second-project-'));
  const modules = join(project, 'node_modules');
  cpSync(inProject('tests', 'fixtures', 'second-project'), project, { recursive: true });
  await unpackClient(project, join(modules, 'gibney-sync'));
  const { dependencies, devDependencies } = manifestOf(project);
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) link(modules, name);
  return project;
}

async function unpackClient(project: string, target: string): Promise<void> {
  // In a folder of its own: another test may build the client at the same time.
  const built = join(project, 'built');
  await run(process.execPath, [inProject('scripts', 'build-client.ts'), built], { cwd: inProject() });
  const packed = await run('npm', ['pack', built, '--pack-destination', project], { cwd: project });
  const tarball = join(project, packed.stdout.trim().split('\n').at(-1)!);
  mkdirSync(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components', '1']);
}

/** The package and whatever its manifest names, from here, so that no network is needed. What it does not name is not there. */
function link(modules: string, name: string): void {
  const target = join(modules, name);
  const isNew = !existsSync(target);
  if (isNew) {
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(inProject('node_modules', name), target);
  }
  if (isNew || name === 'gibney-sync')
    for (const needed of Object.keys(manifestOf(target).dependencies ?? {})) link(modules, needed);
}
