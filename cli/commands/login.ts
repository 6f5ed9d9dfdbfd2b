/** `login`: by a code that is confirmed in a browser, or with a key that is given. */
import { addAbortSignal, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import { Option } from 'commander';
import type { Command } from 'commander';
import { createClient } from '#client/client.ts';
import { errorOf } from '#client/errors.ts';
import type { OwnScope } from '#domain/shapes/account.ts';
import type { Environment } from '../environment.ts';
import { exitCodes } from '../exit-codes.ts';
import { readLogin, writeLogin } from '../login-store.ts';
import type { Login } from '../login-store.ts';
import { plain } from '../output/text.ts';
import { Refusal } from '../refusal.ts';
import { addCommand, cleanUrl, defaultUrl, userAgent, warnOfKey } from '../session.ts';
import type { CommonOptions, Shell } from '../session.ts';

interface LoginOptions extends CommonOptions {
  key?: string | true;
  scope: OwnScope;
}

export function addLoginCommand(program: Command, shell: Shell): void {
  addCommand(program, 'login', 'Sign in', ['login --url https://sync.example.com --key', 'login --key < key.txt'])
    .addOption(
      new Option('--scope <scope>', 'what the key may do; each includes the ones before it')
        .choices(['read', 'sync', 'manage'] satisfies OwnScope[])
        .default('manage')
        .conflicts('key'),
    )
    .option('--key [key]', 'with an API key instead; without one it is asked for, or read from a pipe')
    .action(async (options: LoginOptions) => login(shell, options));
}

async function login({ environment, signal }: Shell, options: LoginOptions): Promise<void> {
  const { loginPath } = environment;
  const given = cleanUrl(options.url ?? environment.url ?? (await readLogin(loginPath))?.url ?? defaultUrl);
  const url = await answeringUrl(environment, given, signal);
  warnOfPlainHttp(environment, url);
  const key =
    options.key === undefined ? await confirmedKey(environment, { url, ...options }, signal) : await givenKey();
  const { data } = await createClient({ url, key, userAgent }).rest.GET('/user/profile', { signal });
  // One that cannot be read is written anew.
  const former = await readLogin(loginPath).catch(() => null);
  await writeLogin(loginPath, { url, key, email: data!.email });
  environment.out.write(`Signed in to ${url} as ${plain(data!.email)}.\n`);
  warnOfKey(environment);
  if (former?.url === url && former.key !== key) await revokeFormer(environment, former, signal);

  function givenKey() {
    return typeof options.key === 'string' ? keyIn(options.key) : askForKey(environment, signal);
  }
}

/** Asked without a key, so that none goes where it would be read: `http://` often leads to the same name at `https://`. */
async function answeringUrl({ err }: Environment, url: string, signal: AbortSignal): Promise<string> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:') return url;
  const asked = createClient({ url, userAgent }).rest.GET('/user/profile', { signal });
  const origin = await asked.then(
    () => null,
    (thrown: unknown) => errorOf(thrown)?.origin ?? null,
  );
  signal.throwIfAborted();
  if (origin === null || new URL(origin).protocol !== 'https:' || new URL(origin).hostname !== hostname) return url;
  err.write(`${url} redirects to ${origin}, which is used instead.\n`);
  return origin;
}

/** Nobody would know of it any more. */
async function revokeFormer({ err }: Environment, { url, key }: Login, signal: AbortSignal): Promise<void> {
  const { rest } = createClient({ url, key, userAgent });
  await rest.DELETE('/auth/token', { signal }).catch((thrown: unknown) => {
    const known = errorOf(thrown);
    if (!known) throw thrown;
    if (known.kind !== 'signed_out')
      err.write(`The key before it could not be revoked: ${known.message} Revoke it in the settings.\n`);
  });
}

/** As in RFC 8628. */
async function confirmedKey(
  { err, hostname }: Environment,
  { url, scope }: { url: string; scope: OwnScope },
  signal: AbortSignal,
): Promise<string> {
  const { rest } = createClient({ url, userAgent });
  const client_name = `gibney-sync on ${plain(hostname)
    .replaceAll(/\p{Cf}/gu, '')
    .slice(0, 60)}`;
  const { data: codes } = await rest.POST('/auth/device/code', { body: { client_name, scope }, signal });
  const endsAt = Date.now() + codes!.expires_in * 1_000;
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
    if (Date.now() >= endsAt)
      throw new Refusal('Nobody confirmed the code in time. Run it again for a new one.', exitCodes.signedOut);
  }
}

async function askForKey({ input, err }: Environment, signal: AbortSignal): Promise<string> {
  if (!input.isTTY) return keyIn(await text(addAbortSignal(signal, input)));
  err.write('API key (from the settings page; it is not shown): ');
  const lines = createInterface({ input, terminal: true, output: new PassThrough() });
  const close = () => lines.close();
  signal.addEventListener('abort', close);
  try {
    // Ctrl-C and Ctrl-D close it: the terminal hands them over as keys here.
    const line = await new Promise<string | null>((resolve) => {
      lines.once('line', resolve).once('close', () => resolve(null));
    });
    if (line === null) throw new Refusal('Not signed in.', exitCodes.interrupted);
    return keyIn(line);
  } finally {
    signal.removeEventListener('abort', close);
    close();
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
