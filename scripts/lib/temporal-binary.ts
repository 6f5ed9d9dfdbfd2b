/** Finding, or else getting, the `temporal` program, which holds the local Temporal server with its UI. */
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { cachedFolder } from '#platform/cache.ts';
import { inProject, userCacheDir } from '#platform/paths.ts';

const run = promisify(execFile);

/** The version that is downloaded or built; temporal/server/go.mod names the same. */
export const temporalVersion = '1.8.2';

const downloadTimeoutMs = 120_000;
const connectTimeoutMs = 10_000;

type Say = (line: string) => void;

const works = async (binary: string): Promise<boolean> => {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: 20_000 });
    return stdout.includes('Server');
  } catch {
    return false; // missing, not executable or another program: the next place is looked at
  }
};

async function onPath(): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, 'temporal');
    if (folder && existsSync(candidate) && (await works(candidate))) return candidate;
  }
  return undefined;
}

const goNames: Record<string, string> = { x64: 'amd64', win32: 'windows' };
const goName = (name: string): string => goNames[name] ?? name;

/** Fetches with a short limit for the first byte and a longer one for all of it. */
async function fetchArchive(url: string): Promise<ReadableStream> {
  const abort = new AbortController();
  const firstByte = setTimeout(
    () => abort.abort(new Error(`no answer in ${connectTimeoutMs / 1000} s`)),
    connectTimeoutMs,
  );
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(downloadTimeoutMs)]);
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || !response.body) throw new Error(`answer ${response.status}`);
    return response.body as ReadableStream;
  } finally {
    clearTimeout(firstByte);
  }
}

async function download(staging: string, say: Say): Promise<void> {
  const [os, arch] = [goName(process.platform), goName(process.arch)];
  const name = `temporal_cli_${temporalVersion}_${os}_${arch}.tar.gz`;
  const url = `https://github.com/temporalio/cli/releases/download/v${temporalVersion}/${name}`;
  say(`downloading the Temporal server from ${new URL(url).host}`);
  const archive = join(staging, name);
  await pipeline(Readable.fromWeb((await fetchArchive(url)) as never), createWriteStream(archive));
  await run('tar', ['-xzf', archive, '-C', staging]);
}

/** Says every few seconds that a long step goes on. */
function heartbeat(what: string, say: Say): () => void {
  const began = Date.now();
  const timer = setInterval(() => say(`${what} (${Math.round((Date.now() - began) / 1000)} s)`), 15_000);
  return () => clearInterval(timer);
}

async function goBuild(staging: string, say: Say): Promise<void> {
  await run('go', ['version']).catch(() => {
    throw new Error('there is no Go on this machine');
  });
  say('building the Temporal server with Go; this takes a few minutes, once');
  const stop = heartbeat('still building the Temporal server', say);
  const flags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${temporalVersion}`;
  const target = join(staging, 'temporal');
  const build = spawn('go', ['build', `-ldflags=${flags}`, '-o', target, 'github.com/temporalio/cli/cmd/temporal'], {
    cwd: inProject('temporal', 'server'),
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  build.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors = (errors + chunk).slice(-2_000)));
  try {
    const code = await new Promise((resolve, reject) => build.once('error', reject).once('close', resolve));
    if (code !== 0) throw new Error(`go build ended with code ${String(code)}: ${errors.trim()}`);
  } finally {
    stop();
  }
}

async function obtain(staging: string, say: Say): Promise<void> {
  const reasons: string[] = [];
  for (const [what, way] of [
    ['download', download],
    ['build', goBuild],
  ] as const) {
    try {
      await way(staging, say);
      if (await works(join(staging, 'temporal'))) return;
      throw new Error('the program does not run on this machine');
    } catch (error) {
      const { message, cause } = error as Error;
      const reason = cause instanceof Error ? `${message} (${cause.message})` : message;
      say(`the ${what} of the Temporal server failed: ${reason}`);
      reasons.push(`${what}: ${reason}`);
    }
  }
  throw new Error(
    `There is no Temporal server (${reasons.join('; ')}). Install the temporal CLI or Go, or set TEMPORAL_CLI to the ` +
      'path of the temporal program, or TEMPORAL_ADDRESS to a server of your own.',
  );
}

const cacheFolder = (): string =>
  join(userCacheDir(), `temporal-${temporalVersion}-${process.platform}-${process.arch}`);

/**
 * The path of a `temporal` program that runs: TEMPORAL_CLI, the PATH, the cache, the official download, a build.
 * @param configured the value of TEMPORAL_CLI
 * @throws Error with what to do, if there is none
 */
export async function findTemporal(configured: string | undefined, say: Say): Promise<string> {
  if (configured) {
    if (await works(configured)) return configured;
    throw new Error(`TEMPORAL_CLI is ${configured}, which is not a temporal program that runs`);
  }
  const cached = join(cacheFolder(), 'temporal');
  const found = (await onPath()) ?? (existsSync(cached) ? cached : undefined);
  if (found) return found;
  return join(await cachedFolder(cacheFolder(), (staging) => obtain(staging, say), say), 'temporal');
}
