/**
 * The Temporal server that runs clusters, and its tool for the schema: `npm start` has the development server, which keeps all in one
 * SQLite file and one shard. Built once, from Go's module proxy, in the version and with the checksums of `temporal/server/go.mod`.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from '#platform/cache.ts';
import { PlainError } from '#platform/errors.ts';
import { inProject, userCacheDir } from '#platform/paths.ts';

const run = promisify(execFile);
const serverModule = 'go.temporal.io/server';

type Say = (line: string) => void;

export interface ServerPrograms {
  version: string;
  server: string;
  sqlTool: string;
}

/** @throws PlainError where there is neither a build nor what it takes to make one */
export async function findServerPrograms(say: Say): Promise<ServerPrograms> {
  const version = wantedVersion();
  const name = `temporal-server-${version}-${process.platform}-${process.arch}`;
  const folder = await cachedFolder(join(userCacheDir(), name), (staging) => build(staging, say), say);
  return { version, server: join(folder, 'server'), sqlTool: join(folder, 'sql') };
}

function wantedVersion(): string {
  const requirements = readFileSync(inProject('temporal', 'server', 'go.mod'), 'utf8');
  return new RegExp(`^\\s*${serverModule} (v\\S+)`, 'm').exec(requirements)![1]!;
}

async function build(staging: string, say: Say): Promise<void> {
  const go = await findGo();
  say('building the Temporal server with Go; this takes some minutes, once');
  const sources = await fetchSources(go);
  const args = ['build', '-ldflags=-s -w', '-o', `${staging}/`, './cmd/server', './cmd/tools/sql'];
  const building = spawn('nice', ['-n', '10', go, ...args], {
    cwd: sources,
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  building.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2_000)));
  const code = await new Promise((resolve, reject) => building.once('error', reject).once('close', resolve));
  if (code !== 0)
    throw new PlainError(`the Temporal server cannot be built (is Go's proxy reachable?):\n${errors.trim()}`);
}

async function findGo(): Promise<string> {
  for (const go of ['go', '/usr/local/go/bin/go']) {
    if (go.startsWith('/') && !existsSync(go)) continue;
    const found = await run(go, ['version']).catch(() => null); // not here: the next place is looked at
    if (found) return go;
  }
  throw new PlainError('the scale run wants the Temporal server itself, which is built with Go: there is none here');
}

/** Its folder in Go's cache. What is fetched is held against the checksum in our go.sum. */
async function fetchSources(go: string): Promise<string> {
  try {
    const cwd = inProject('temporal', 'server');
    const { stdout } = await run(go, ['mod', 'download', '-json', serverModule], { cwd });
    return (JSON.parse(stdout) as { Dir: string }).Dir;
  } catch (error) {
    throw new PlainError(`the sources of the Temporal server cannot be had: ${(error as Error).message}`);
  }
}
