#!/usr/bin/env node
/**
 * The command line, `gibney-sync`. Plain JavaScript, for the Node that happens to be on the machine; what is missing of the
 * packages is told on stderr, so that pipes get nothing but answers.
 */
import { spawn } from 'node:child_process';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { bootstrap, PlainError } from './bootstrap.js';

const main = new URL('../cli/main.ts', import.meta.url);

/** The terminal sends its Ctrl-C to the child as well, which ends by it in its own way; this process waits for that. */
function runUnder(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  const isToldAlready = (signal) => signal === 'SIGINT' && process.stdin.isTTY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => isToldAlready(signal) || child.kill(signal));
  child.once('error', (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  child.once('close', (code, signal) => (process.exitCode = signal ? 128 + constants.signals[signal] : code));
}

try {
  const node = await bootstrap((line) => console.error(line));
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
    new URL('../node_modules/.cache/gibney-sync/compiled', import.meta.url),
  );
  if (node !== process.execPath) runUnder(node);
  else {
    module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
    await import(main.href);
  }
} catch (error) {
  if (!(error instanceof PlainError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
