/**
 * What every script does first: installs the packages if they are missing or out of date, and goes on under a Node that
 * can run the TypeScript sources. Plain JavaScript without dependencies, for the Node that happens to be on the machine
 * (20 or newer). When there is nothing to do it takes a few milliseconds.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedMatches } from './lib/installed-packages.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = join(root, 'node_modules');
const stamp = join(packages, '.installed-lock-hash');
const bundledNode = join(packages, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** An error whose message is all that the person at the console needs. */
export class PlainError extends Error {}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const lockHash = () => sha256(readFileSync(join(root, 'package-lock.json')));
const readIfThere = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** PATH without our own node_modules/.bin, whose node would be deleted by the installation that it runs. */
const outerPath = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(packages))
    .join(delimiter);

function npmCommand() {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js') && existsSync(cli) && !cli.startsWith(packages)) {
    const outerNode = spawnSync('node', ['-p', 'process.execPath'], { env: { ...process.env, PATH: outerPath() } });
    const node = outerNode.status === 0 ? outerNode.stdout.toString().trim() : process.execPath;
    return [node, cli];
  }
  return ['npm'];
}

/** Ends the child when this process is told to end or when its parent is gone. Returns how to let go of that. */
function endWithUs(child) {
  const parent = process.ppid;
  const end = () => {
    child.kill('SIGTERM');
    process.exit(1);
  };
  const timer = setInterval(() => process.ppid !== parent && end(), 250);
  forwarded.forEach((signal) => process.once(signal, end));
  return () => {
    clearInterval(timer);
    forwarded.forEach((signal) => process.removeListener(signal, end));
  };
}

function runInstallation() {
  const [command, ...first] = npmCommand();
  const args = [...first, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const install = spawn(command, args, {
    cwd: root,
    env: { ...process.env, PATH: outerPath() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [install.stdout, install.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-4_000)));
  }
  const letGo = endWithUs(install);
  return new Promise((resolve, reject) => {
    install.once('error', (error) => reject(new PlainError(`npm cannot be run: ${error.message}`)));
    install.once('close', (code) => {
      letGo();
      if (code === 0) resolve();
      else reject(new PlainError(`npm ci failed (exit code ${code}):\n${output.trim()}`));
    });
  });
}

async function install(say) {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1_000);
  say('installing the npm packages');
  const timer = setInterval(() => say(`still installing the npm packages (${seconds()} s)`), 10_000);
  try {
    await runInstallation();
  } finally {
    clearInterval(timer);
  }
  writeFileSync(stamp, lockHash());
  say(`npm packages installed in ${seconds()} s`);
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** One installation at a time in this folder; the second waits and then finds everything there. */
export async function withInstallLock(say, action) {
  const lock = join(tmpdir(), `gibney-sync-install-${userInfo().uid}-${sha256(root).slice(0, 16)}`);
  for (let told = false; !takeLock(lock); told = true) {
    const holder = Number(readIfThere(join(lock, 'pid')));
    if (holder && !isAlive(holder)) rmSync(lock, { recursive: true, force: true });
    else if (!told) say('waiting for another process that installs the npm packages');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    await action();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** With the holder's name in it from its first moment on, so that one who is killed then holds nobody up. */
function takeLock(lock) {
  const own = mkdtempSync(`${lock}-`);
  try {
    writeFileSync(join(own, 'pid'), String(process.pid));
    // In the place of an empty folder, too, and of nothing else.
    renameSync(own, lock);
    return true;
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (error.code === 'EEXIST' || error.code === 'ENOTEMPTY') return false;
    throw error;
  }
}

const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash();

async function ensurePackages(say) {
  if (isInstalled()) return;
  await withInstallLock(say, async () => {
    if (isInstalled()) return;
    if (installedMatches(root)) writeFileSync(stamp, lockHash());
    else await install(say);
  });
}

const isRecentEnough = (version) => {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
};

function findNode() {
  if (isRecentEnough(process.version)) return process.execPath;
  const { status, stdout } = spawnSync(bundledNode, ['--version']);
  if (status === 0 && isRecentEnough(stdout.toString().trim())) return bundledNode;
  throw new PlainError(
    `gibney-sync needs Node 22.18 or newer. This is ${process.version}, and the npm package "node" brought none for ` +
      'this machine (its install script may have been blocked: try "npm rebuild node"). ' +
      'Install Node 24 from https://nodejs.org and start again.',
  );
}

/** Installs what is missing and returns the path of a Node that runs the sources. */
export async function bootstrap(say = (line) => console.log(line)) {
  await ensurePackages(say);
  return findNode();
}

/** Runs a program in place of this process as far as Node allows: signals go to it, its end is ours. */
function standInFor(command, args) {
  const env = { ...process.env, GIBNEY_SYNC_WATCH_PARENT: String(process.pid) };
  const child = spawn(command, args, { stdio: 'inherit', env });
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(1), 250).unref();
  child.once('error', (error) => {
    throw error;
  });
  child.once('close', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    for (const name of forwarded) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

/** Goes on with a TypeScript file of this folder: in this process if its Node can, else in a child. */
export async function continueWith(file, args = process.argv.slice(2)) {
  try {
    const node = await bootstrap();
    const path = fileURLToPath(new URL(file, import.meta.url));
    // Stripped and compiled sources are kept, which starts every process of ours faster and smaller.
    process.env.NODE_COMPILE_CACHE ??= join(packages, '.cache', 'gibney-sync', 'compiled');
    if (node !== process.execPath) return standInFor(node, [path, ...args]);
    process.argv = [process.argv[0], path, ...args];
    module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
    await import(new URL(file, import.meta.url).href);
  } catch (error) {
    if (!(error instanceof PlainError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
