/** `login`: by a code that is confirmed in a browser, or with a key that is given. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { createClient } from '#client/client.ts';
import { errorOf } from '#client/errors.ts';
import type { Environment } from '../environment.ts';
import { exitCodes } from '../exit-codes.ts';
import { readLogin, writeLogin } from '../login-store.ts';
import { plain } from '../output/text.ts';
import { Refusal } from '../refusal.ts';
import { addCommand, cleanUrl, defaultUrl, userAgent } from '../session.ts';
import type { CommonOptions, Shell } from '../session.ts';

interface LoginOptions extends CommonOptions {
  key?: string | true;
}

export function addLoginCommand(program: Command, shell: Shell): void {
  addCommand(program, 'login', 'Sign in', ['login --url https://sync.example.com --key', 'login --key < key.txt'])
    .option('--key [key]', 'with an API key instead; without one it is asked for, or read from a pipe')
    .action(async (options: LoginOptions) => login(shell, options));
}

async function login({ environment, signal }: Shell, options: LoginOptions): Promise<void> {
  // It only proposes the address. One that cannot be read is written anew.
  const known = await readLogin(environment.loginPath).catch(() => null);
  const url = cleanUrl(options.url ?? environment.url ?? known?.url ?? defaultUrl);
  warnOfPlainHttp(environment, url);
  const key = options.key === undefined ? await confirmedKey(environment, url, signal) : await givenKey();
  const { data } = await createClient({ url, key, userAgent }).rest.GET('/user/profile', { signal });
  await writeLogin(environment.loginPath, { url, key, email: data!.email });
  environment.out.write(`Signed in to ${url} as ${data!.email}.\n`);

  function givenKey() {
    return typeof options.key === 'string' ? keyIn(options.key) : askForKey(environment, signal);
  }
}

/** As in RFC 8628. */
async function confirmedKey({ err, hostname }: Environment, url: string, signal: AbortSignal): Promise<string> {
  const { rest } = createClient({ url, userAgent });
  const body = { client_name: `gibney-sync on ${plain(hostname).slice(0, 60)}` };
  const { data: codes } = await rest.POST('/auth/device/code', { body, signal });
  err.write(`Open this page, and confirm the code ${codes!.user_code} there:\n  ${codes!.verification_uri_complete}\n`);
  let seconds = codes!.interval;
  for (;;) {
    await pause(seconds * 1_000, undefined, { signal });
    const asked = { body: { device_code: codes!.device_code }, signal };
    const answer = await rest.POST('/auth/device/token', asked).catch((thrown: unknown) => errorOf(thrown) ?? thrown);
    if (!(answer instanceof Error)) return (answer as { data: { access_token: string } }).data.access_token;
    const code = errorOf(answer)?.code ?? null;
    if (code === 'slow_down') seconds += codes!.interval;
    else if (code === 'access_denied' || code === 'expired_token')
      throw new Refusal(answer.message, exitCodes.signedOut);
    else if (code !== 'authorization_pending' && !errorOf(answer)?.isPassing) throw answer;
  }
}

async function askForKey({ input, err }: Environment, signal: AbortSignal): Promise<string> {
  if (!input.isTTY) return keyIn(await text(input));
  err.write('API key (from the settings page; it is not shown): ');
  const lines = createInterface({ input, terminal: true, output: new PassThrough() });
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
