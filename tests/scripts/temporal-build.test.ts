/** A first start that builds the Temporal server, on a machine where Go takes for ever. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { isAlive } from '#platform/processes.ts';
import { temporaryFolder } from '../support/index.ts';
import { launchStack, untilNoProcess } from '../support/stack.ts';

async function program(folder: string, name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

it.each(['SIGKILL', 'SIGTERM'] as const)('%s leaves no build running', { timeout: 120_000 }, async (signal) => {
  const folder = await temporaryFolder();
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const pidFile = join(folder, 'go.pid');
  await program(
    bin,
    'go',
    `[ "$1" = version ] && exit 0\necho $$ > ${pidFile}.new\nmv ${pidFile}.new ${pidFile}\nexec sleep 600`,
  );
  await program(bin, 'tar', 'exit 1'); // whatever the network gives
  await program(bin, 'temporal', 'exit 1');
  const outside = 'http://127.0.0.1:1';
  const env = {
    PATH: [bin, process.env.PATH].join(delimiter),
    XDG_CACHE_HOME: join(folder, 'cache'),
    // The download fails at once.
    ...{ NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: outside, https_proxy: outside, TEMPORAL_CLI: '' },
  };
  const run = await launchStack({ env });
  onTestFinished(async () => {
    run.child.kill('SIGKILL');
    await untilNoProcess(run.dataDir, 10_000);
    await rm(run.dataDir, { recursive: true, force: true });
  });
  await run.line(/building the Temporal server with Go/, 60_000);
  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), 10_000);
  const pid = Number(await readFile(pidFile, 'utf8'));
  expect(isAlive(pid)).toBe(true);
  run.child.kill(signal);
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 6_000);
  await run.ended;
});
