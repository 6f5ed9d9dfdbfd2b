import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, inject, onTestFinished, test } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { temporaryFolder } from '../support/index.ts';
import { stackProcesses, untilNoProcess } from '../support/stack.ts';

const program = `
  import { chromium } from 'playwright';
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  await browser.newPage();
  console.log('open');
`;

test.skipIf(process.platform !== 'linux')('a browser ends with its worker, also when that is killed', async () => {
  const folder = await temporaryFolder();
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: inProject(),
    env: { ...process.env, TMPDIR: folder, CHROMIUM: inject('services').chromiumPath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void owner.kill('SIGKILL'));
  await once(owner.stdout, 'data');
  const processes = stackProcesses(folder);
  expect(processes.map(({ command }) => command).join('\n')).toContain('--type=renderer');
  owner.kill('SIGKILL');
  expect(await untilNoProcess(folder, 5_000, processes)).toEqual([]);
});
