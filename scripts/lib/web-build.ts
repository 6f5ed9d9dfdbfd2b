/** Building the web app for production when its sources are newer than the build. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, constants, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlainError } from '#platform/errors.ts';
import { withLock } from '#platform/cache.ts';
import { inProject } from '#platform/paths.ts';

type Say = (line: string) => void;

/** Everything that ends up in the build or changes it. */
const sources = ['web', 'domain', 'platform', 'db', 'notifications', 'temporal', 'workflows', 'activities'];
const singleFiles = ['vite.config.ts', 'package.json', 'package-lock.json'];
const notSources = [/^web\/build\//, /^temporal\/server\//, /^db\/migrations\//];

const hashFile = () => inProject('web', 'build', '.source-hash');

async function sourceFiles(): Promise<string[]> {
  const found = [...singleFiles];
  for (const folder of sources) {
    const entries = await readdir(inProject(folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.isFile()) found.push(join(entry.parentPath, entry.name).slice(inProject().length).replace(/^\//, ''));
    }
  }
  return found.filter((path) => !notSources.some((pattern) => pattern.test(path))).sort();
}

/** A hash over names and contents of all sources of the build. */
export async function sourceHash(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const path of await sourceFiles()) {
    hash.update(`\0${path}\0`);
    if (existsSync(inProject(path))) hash.update(await readFile(inProject(path)));
  }
  return hash.digest('hex');
}

async function isUpToDate(): Promise<boolean> {
  if (!existsSync(hashFile()) || !existsSync(inProject('web', 'build', 'handler.js'))) return false;
  return (await readFile(hashFile(), 'utf8')) === (await sourceHash());
}

async function build(say: Say, signal: AbortSignal): Promise<void> {
  say('building the web app');
  const hash = await sourceHash();
  await rm(hashFile(), { force: true });
  const vite = spawn(process.execPath, [inProject('node_modules', 'vite', 'bin', 'vite.js'), 'build'], {
    cwd: inProject(),
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  for (const stream of [vite.stdout, vite.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4_000)));
  }
  const code = await new Promise((resolve, reject) => vite.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`the web app cannot be built:\n${output.trim()}`);
  await writeFile(hashFile(), hash);
}

/** Builds the web app unless the build fits the sources. */
export async function ensureWebBuild(say: Say, signal: AbortSignal): Promise<void> {
  if (await isUpToDate()) return;
  await access(inProject('web'), constants.W_OK).catch(() => {
    throw new PlainError(
      `the web app has to be built, and ${inProject('web')} is not for this user to write in; ` +
        'let its owner run `npm run build` there, or clone the project for yourself',
    );
  });
  const lock = inProject('node_modules', '.cache', 'gibney-sync', 'web-build.lock');
  await mkdir(join(lock, '..'), { recursive: true });
  await withLock(
    lock,
    () => say('waiting for another process that builds the web app'),
    async () => {
      if (!(await isUpToDate())) await build(say, signal);
    },
  );
}
