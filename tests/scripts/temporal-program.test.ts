/** Which Temporal server `npm start` takes, and what becomes of the file of another one. */
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { findFreePort } from '#platform/ports.ts';
import { startChild } from '#scripts/lib/child.ts';
import { createGuard } from '#scripts/lib/guard.ts';
import { runStep } from '#scripts/lib/run-step.ts';
import { customSearchAttributes } from '#scripts/lib/search-attributes.ts';
import { findTemporal, temporalVersion } from '#scripts/lib/temporal-binary.ts';
import { keepPrepared, keepsFile, temporalFile, type MadeWith } from '#scripts/lib/temporal-data.ts';
import { prepareTemporal } from '#scripts/lib/temporal-server.ts';
import { temporaryFolder } from '../support/index.ts';

let folder: string;
beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(() => void vi.unstubAllEnvs());

/** Says of itself that it is one, and is none. */
async function pretend(path: string, version: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "temporal version 1.2.3 (Server ${version}, UI 2.0.0)"\n`);
  await chmod(path, 0o755);
  return path;
}

describe('the program', () => {
  it.each(['1.29.0', '1.31.2', '1.32.0-rc.1', '2.0.0'])('on the PATH with the server %s is taken', async (server) => {
    const binary = await pretend(join(folder, 'bin', 'temporal'), server);
    vi.stubEnv('PATH', [join(folder, 'bin'), process.env.PATH].join(delimiter));
    expect(await findTemporal(undefined, () => {})).toEqual({ binary, server });
  });

  it.each(['1.28.9', '1.4.0', '0.30.1'])('with the old server %s is passed over for the cache’s', async (server) => {
    const old = await pretend(join(folder, 'bin', 'temporal'), server);
    const name = `temporal-${temporalVersion}-${process.platform}-${process.arch}`;
    const binary = await pretend(join(folder, 'gibney-sync', name, 'temporal'), '1.31.2');
    vi.stubEnv('PATH', [join(folder, 'bin'), process.env.PATH].join(delimiter));
    vi.stubEnv('XDG_CACHE_HOME', folder);
    const said: string[] = [];
    expect(await findTemporal(undefined, (line) => said.push(line))).toEqual({ binary, server: '1.31.2' });
    expect(said).toEqual([expect.stringContaining(`${old} holds the Temporal server ${server}`)]);
  });

  it('that TEMPORAL_CLI names and that is too old is refused', async () => {
    const old = await pretend(join(folder, 'temporal'), '1.20.0');
    await expect(findTemporal(old, () => {})).rejects.toThrow(`TEMPORAL_CLI: ${old} holds the Temporal server 1.20.0`);
  });
});

describe('its file', () => {
  const madeWith = (server: string, more: Partial<MadeWith> = {}): MadeWith => ({
    ...{ server, namespace: 'default', searchAttributes: ['SyncStatus=Keyword'] },
    ...more,
  });
  const nothing = async () => {};

  async function makeFile(parts = ['']): Promise<void> {
    await mkdir(join(folder, 'temporal'));
    for (const part of parts) await writeFile(temporalFile(folder) + part, part);
  }

  it('stays while the server does, and one of which nothing is noted is taken for this server’s', async () => {
    const say = vi.fn();
    expect(await keepsFile(folder, '1.31.2', say)).toBe(false);
    await makeFile();
    expect(await keepsFile(folder, '1.31.2', say)).toBe(true);
    await keepPrepared(folder, madeWith('1.31.2'), nothing);
    expect(await keepsFile(folder, '1.31.2', say)).toBe(true);
    expect(say).not.toHaveBeenCalled();
  });

  it('is set aside once the server is another one', async () => {
    await makeFile(['', '-wal', '-shm']);
    await keepPrepared(folder, madeWith('1.30.0'), nothing);
    const said: string[] = [];
    expect(await keepsFile(folder, '1.31.2', (line) => said.push(line))).toBe(false);
    expect(said).toEqual([
      expect.stringMatching(/now 1\.31\.2, and its file was made by 1\.30\.0: it lies at .*1\.30\.0/),
    ]);
    const aside = ['temporal.db.1.30.0', 'temporal.db.1.30.0-shm', 'temporal.db.1.30.0-wal'];
    expect((await readdir(join(folder, 'temporal'))).sort()).toEqual(['made-with.json', ...aside]);
    expect(await readFile(`${temporalFile(folder)}.1.30.0-wal`, 'utf8')).toBe('-wal');
  });

  it('is prepared again where a search attribute or the namespace is new, and else not', async () => {
    const prepare = vi.fn(nothing);
    const two = ['SyncStatus=Keyword', 'NextSyncAt=Datetime'];
    await keepPrepared(folder, madeWith('1.31.2'), prepare);
    await keepPrepared(folder, madeWith('1.31.2'), prepare);
    expect(prepare).toHaveBeenCalledTimes(1);
    await keepPrepared(folder, madeWith('1.31.2', { searchAttributes: two }), prepare);
    await keepPrepared(folder, madeWith('1.31.2', { searchAttributes: two.toReversed() }), prepare);
    expect(prepare).toHaveBeenCalledTimes(2);
    await keepPrepared(folder, madeWith('1.31.2', { searchAttributes: two, namespace: 'ours' }), prepare);
    expect(prepare).toHaveBeenCalledTimes(3);
    const failing = keepPrepared(folder, madeWith('1.31.2'), () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toThrow('away');
    await keepPrepared(folder, madeWith('1.31.2'), prepare);
    expect(prepare).toHaveBeenCalledTimes(4);
  });

  it('gets a search attribute that is new since it was made', { timeout: 90_000 }, async () => {
    const guard = createGuard();
    const { binary } = await findTemporal(process.env.TEMPORAL_CLI, () => {});
    const [port, httpPort, metricsPort] = [await findFreePort(), await findFreePort(), await findFreePort()];
    const start = async (searchAttributes: readonly string[]) => {
      const options = { binary, port, httpPort, metricsPort, searchAttributes, databaseFile: temporalFile(folder) };
      return startChild(await prepareTemporal(options), guard);
    };
    await (await start(customSearchAttributes.slice(1))).stop();
    const server = await start(customSearchAttributes);
    const env = { TEMPORAL_ADDRESS: `127.0.0.1:${port}`, TEMPORAL_API_KEY: 'of-another-server' };
    await runStep('search-attributes', { guard, say: () => {}, env });
    const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(customSearchAttributes.map((pair) => pair.split('=')[0])),
    );
    await connection.close();
    await server.stop();
    guard.close();
  });
});

it('the sources of the server are those of the download', async () => {
  expect(await readFile(inProject('temporal', 'server', 'go.mod'), 'utf8')).toContain(`cli v${temporalVersion}`);
});
