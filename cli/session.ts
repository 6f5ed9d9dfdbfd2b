/** What a command works with: the service, as whoever is signed in, and where to write. */
import type { Command } from 'commander';
import { createClient } from '#client/client.ts';
import type { GibneySyncClient } from '#client/client.ts';
import type { Environment } from './environment.ts';
import { widthOf } from './environment.ts';
import { exitCodes } from './exit-codes.ts';
import { readLogin } from './login-store.ts';
import type { Style } from './output/table.ts';
import { jsonText } from './output/text.ts';
import { Refusal } from './refusal.ts';

export interface CommonOptions {
  url?: string;
  json?: boolean;
  color?: boolean;
}

export interface Session {
  environment: Environment;
  client: GibneySyncClient;
  url: string;
  /** Where the key comes from. */
  source: 'environment' | 'login';
  style: Style;
  /** Aborts with Ctrl-C, and when the system ends the program. */
  signal: AbortSignal;
  print(text: string): void;
  printJson(value: unknown): void;
}

export interface Shell {
  environment: Environment;
  signal: AbortSignal;
}

export const defaultUrl = 'http://127.0.0.1:3000';
export const userAgent = 'gibney-sync-cli';

/** Throws `Refusal` where nobody is signed in. */
export async function openSession({ environment, signal }: Shell, options: CommonOptions): Promise<Session> {
  const { url, key, source } = await addressOf(environment, options);
  const colors = environment.colors && options.color !== false;
  const print = (text: string) => void environment.out.write(`${text}\n`);
  return {
    environment: { ...environment, colors },
    client: createClient({ url, key, userAgent }),
    url,
    source,
    style: { width: widthOf(environment), colors, unicode: environment.unicode },
    signal,
    print,
    // Many values come one a line, so that they can be read while they come.
    printJson: (value) => print(jsonText(value, environment.isTerminal ? 2 : 0)),
  };
}

/** A key goes to the service that it is for, and nowhere else: the environment's has nothing to do with the login's address. */
async function addressOf({ url: given, key, loginPath }: Environment, options: CommonOptions) {
  if (key) return { url: cleanUrl(options.url ?? given ?? defaultUrl), key, source: 'environment' as const };
  const login = await readLogin(loginPath);
  const url = cleanUrl(options.url ?? given ?? login?.url ?? defaultUrl);
  if (login && isFor(login.url, url)) return { url: login.url, key: login.key, source: 'login' as const };
  throw new Refusal(
    `You are not signed in to ${url}. Run: gibney-sync login${url === defaultUrl ? '' : ` --url ${url}`}\n` +
      'In scripts, set GIBNEY_SYNC_URL and GIBNEY_SYNC_KEY instead.',
    exitCodes.signedOut,
  );
}

/** `http://` often leads to the same name at `https://`, where the login was made then: the key goes there, and over TLS. */
function isFor(known: string, url: string): boolean {
  const [login, asked] = [new URL(known), new URL(url)];
  const isRedirected = login.protocol === 'https:' && asked.protocol === 'http:' && login.hostname === asked.hostname;
  return known === url || isRedirected;
}

/** A login that is made or ended changes nothing while there is one. */
export function warnOfKey({ err, key }: Environment): void {
  if (key) err.write('Warning: GIBNEY_SYNC_KEY is set and still comes before any login. Unset it to be without it.\n');
}

export function cleanUrl(given: string): string {
  const whole = /^[a-z]+:\/\//i.test(given) ? given : `https://${given}`;
  const url = /^https?:/i.test(whole) && URL.canParse(whole) ? new URL(whole) : null;
  if (url && !url.username) return url.origin;
  throw new Refusal(`"${given}" is no address of a service. For example: https://sync.example.com`, exitCodes.usage);
}

/** A command of the group, with the options that all of them have. */
export function addCommand(program: Command, usage: string, summary: string, examples: string[]): Command {
  return program
    .command(usage)
    .summary(summary)
    .description(`${summary}.`)
    .option('--url <address>', 'the service, if not the one that you are signed in to')
    .option('--no-color', 'no colors (as with NO_COLOR)')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ gibney-sync ${example}`).join('\n')}`);
}
