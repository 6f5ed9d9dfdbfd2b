/** `login`: with a key that is given. */
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { createClient } from '#client/client.ts';
import type { Environment } from '../environment.ts';
import { exitCodes } from '../exit-codes.ts';
import { readLogin, writeLogin } from '../login-store.ts';
import { Refusal } from '../refusal.ts';
import { addCommand, cleanUrl, defaultUrl, userAgent } from '../session.ts';
import type { CommonOptions, Shell } from '../session.ts';

interface LoginOptions extends CommonOptions {
  key?: string | true;
}

export function addLoginCommand(program: Command, shell: Shell): void {
  addCommand(program, 'login', 'Sign in', ['login --url https://sync.example.com --key', 'login --key < key.txt'])
    .option('--key [key]', 'with an API key; left out, it is asked for, or read from a pipe')
    .action(async (options: LoginOptions) => login(shell, options));
}

async function login({ environment, signal }: Shell, options: LoginOptions): Promise<void> {
  const known = await readLogin(environment.loginPath).catch(() => null);
  const url = cleanUrl(options.url ?? environment.url ?? known?.url ?? defaultUrl);
  warnOfPlainHttp(environment, url);
  const key = typeof options.key === 'string' ? options.key : await askForKey(environment, signal);
  const { data } = await createClient({ url, key, userAgent }).rest.GET('/user/profile', { signal });
  await writeLogin(environment.loginPath, { url, key, email: data!.email });
  environment.out.write(`Signed in to ${url} as ${data!.email}.\n`);
}

async function askForKey({ input, err }: Environment, signal: AbortSignal): Promise<string> {
  if (!input.isTTY) return keyIn(await text(input));
  err.write('API key (from the settings page; it is not shown): ');
  const lines = createInterface({ input, terminal: true, output: new (await import('node:stream')).PassThrough() });
  try {
    return keyIn(await lines.question('', { signal }));
  } finally {
    lines.close();
    err.write('\n');
  }
}

function keyIn(given: string): string {
  const key = given.trim();
  if (/^\S+$/.test(key)) return key;
  throw new Refusal('That is no key. Make one under Settings, API keys.', exitCodes.usage);
}

function warnOfPlainHttp({ err }: Environment, url: string): void {
  const { protocol, hostname } = new URL(url);
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  if (protocol === 'http:' && !isHere) err.write(`Warning: ${url} is not encrypted; others may read your key.\n`);
}
