/** A start whose starter was killed before it could look at it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { inProject } from '#platform/paths.ts';

it('ends where the process that started it is gone before it looks', { timeout: 120_000 }, async () => {
  const gone = spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' });
  await once(gone, 'close');
  const dataDir = await mkdtemp(join(tmpdir(), 'gibney-sync-orphan-'));
  const start = spawn(process.execPath, [inProject('scripts', 'start.js')], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir, GIBNEY_SYNC_WATCH_PARENT: `${gone.pid}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(async () => {
    start.kill();
    await rm(dataDir, { recursive: true, force: true });
  });
  const ended = once(start, 'close');
  expect(await text(start.stderr)).toContain('the process that started this one is gone: stopping');
  await ended;
  expect(start.exitCode).toBe(1);
});
