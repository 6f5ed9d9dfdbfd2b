/** Runs a tool or a script of ours after the bootstrap: `node scripts/run.js db/migrate.ts`, `… eslint .` */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap, PlainError } from './bootstrap.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');

const isOurs = (name) => /\.[jt]s$/.test(name) && existsSync(join(root, name));

function run(node, [name, ...args]) {
  const command = isOurs(name) ? [node, join(root, name)] : [join(bin, name)];
  const child = spawn(command[0], [...command.slice(1), ...args], {
    stdio: 'inherit',
    cwd: root,
    env: { ...process.env, PATH: [dirname(node), bin, process.env.PATH].join(delimiter) },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
}

try {
  const node = await bootstrap((line) => console.error(line));
  // Several commands are separated by "--then"; the first that fails ends the row.
  const commands = process.argv
    .slice(2)
    .join('\0')
    .split('\0--then\0')
    .map((command) => command.split('\0'));
  for (const command of commands) {
    process.exitCode = await run(node, command);
    if (process.exitCode !== 0) break;
  }
} catch (error) {
  if (!(error instanceof PlainError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
