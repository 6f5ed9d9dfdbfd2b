/** What workers that were killed leave in the folder for temporary files. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { temporaryFolder } from '../support/index.ts';

const program = `
  import { mkdtempSync, writeFileSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  import { join } from 'node:path';
  import { useOwnTemporaryFolder } from '#platform/temporary-folder.ts';
  const { remove } = await useOwnTemporaryFolder('worker');
  writeFileSync(join(mkdtempSync(join(tmpdir(), 'profile-')), 'Cookies'), '');
  process.once('message', () => remove().then(() => process.exit()));
  process.send('ready');
`;

async function startWorker(folder: string) {
  const args = ['--input-type=module', '-e', program];
  const worker = spawn(process.execPath, args, {
    cwd: inProject(),
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(worker, 'message');
  return worker;
}

it('is one profile at most, however many were killed, and nothing of a worker that lives or of others is touched', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'of-others'), '');
  const living = await startWorker(folder);
  for (let count = 0; count < 10; count += 1) {
    const worker = await startWorker(folder);
    worker.kill('SIGKILL');
    await once(worker, 'close');
  }
  expect((await readdir(folder)).filter((name) => name.includes(`-${living.pid}-`))).toHaveLength(1);
  expect(await readdir(folder)).toHaveLength(3);
  living.send('end');
  await once(living, 'close');
  expect(await readdir(folder)).toHaveLength(2);
});
