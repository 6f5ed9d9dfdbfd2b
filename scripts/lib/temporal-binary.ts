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

/** The first with fairness, without which one user's syncs hold up all others'. */
const oldestServer = '1.29.0';

/** A `temporal` program that runs, and the version of the server in it. */
export interface TemporalProgram {
  binary: string;
  server: string;
}

async function inspect(binary: string): Promise<TemporalProgram | undefined> {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: 20_000 });
    const server = /\bServer v?(\d+\.\d+\.\d+[\w.+-]*)/.exec(stdout)?.[1];
    return server === undefined ? undefined : { binary, server };
  } catch {
    return undefined; // missing, not executable or another program: the next place is looked at
  }
}

function isTooOld({ server }: TemporalProgram): boolean {
  const [version, oldest] = [server, oldestServer].map((text) => text.split('.').map((part) => parseInt(part, 10)));
  const index = oldest!.findIndex((part, at) => part !== version![at]);
  return index >= 0 && version![index]! < oldest![index]!;
}

const outOfDate = ({ binary, server }: TemporalProgram): string =>
  `${binary} holds the Temporal server ${server}, and it takes ${oldestServer} or newer`;

async function onPath(say: Say): Promise<TemporalProgram | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, 'temporal');
    const found = folder && existsSync(candidate) ? await inspect(candidate) : undefined;
    if (found && !isTooOld(found)) return found;
    if (found) say(`${outOfDate(found)}: it is passed over`);
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
      if (await inspect(join(staging, 'temporal'))) return;
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
 * TEMPORAL_CLI, the PATH, the cache; undefined where none of them has one.
 * @param configured the value of TEMPORAL_CLI
 * @throws Error where that does not do
 */
export async function lookForTemporal(configured: string | undefined, say: Say): Promise<TemporalProgram | undefined> {
  if (configured) {
    const found = await inspect(configured);
    if (!found) throw new Error(`TEMPORAL_CLI is ${configured}, which is not a temporal program that runs`);
    if (isTooOld(found)) throw new Error(`TEMPORAL_CLI: ${outOfDate(found)}; update it, or unset TEMPORAL_CLI`);
    return found;
  }
  return (await onPath(say)) ?? inspect(join(cacheFolder(), 'temporal'));
}

/**
 * The official download, else a build, put into the cache. It may take minutes.
 * @throws Error with what to do, where neither works
 */
export async function obtainTemporal(say: Say): Promise<TemporalProgram> {
  const folder = await cachedFolder(cacheFolder(), (staging) => obtain(staging, say), say);
  const got = await inspect(join(folder, 'temporal'));
  if (!got) throw new Error(`${folder} holds no temporal program that runs; remove that folder, and start again`);
  return got;
}

/** Wherever it is found, or else got from. Throws as both of these do. */
export const findTemporal = async (configured: string | undefined, say: Say): Promise<TemporalProgram> =>
  (await lookForTemporal(configured, say)) ?? obtainTemporal(say);
