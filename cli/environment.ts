/** What the command line knows of where it runs. The one file here that reads the environment. */
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';

export interface Environment {
  /** Answers go here, and nothing else. */
  out: NodeJS.WriteStream;
  /** Progress, notes and errors. */
  err: NodeJS.WriteStream;
  input: NodeJS.ReadStream;
  /** Whether a person reads the answer. */
  isTerminal: boolean;
  /** Whether a line on `err` can be drawn anew. */
  isLive: boolean;
  colors: boolean;
  unicode: boolean;
  url: string | null;
  key: string | null;
  /** The file of the login. */
  loginPath: string;
  hostname: string;
  isDebugging: boolean;
}

export function environmentOf({ env, stdout, stderr, stdin }: NodeJS.Process): Environment {
  const isDumb = env.TERM === 'dumb';
  const config = env.XDG_CONFIG_HOME || join(homedir(), '.config');
  return {
    out: stdout,
    err: stderr,
    input: stdin,
    isTerminal: stdout.isTTY,
    isLive: stderr.isTTY && !isDumb && !env.CI,
    colors: env.NO_COLOR ? false : isSet(env.FORCE_COLOR) || (stdout.isTTY && !isDumb),
    unicode: !isDumb && /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || 'utf-8'),
    url: env.GIBNEY_SYNC_URL || null,
    key: env.GIBNEY_SYNC_KEY || null,
    loginPath: join(config, 'gibney-sync', 'login.json'),
    hostname: hostname(),
    isDebugging: isSet(env.GIBNEY_SYNC_DEBUG),
  };
}

/** Of a terminal; what goes into a file or a pipe is as wide as it is. */
export function widthOf({ isTerminal, out }: Environment): number {
  return isTerminal ? out.columns || 80 : Infinity;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0';
}
