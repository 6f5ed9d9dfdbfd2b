/** What to do about a database that cannot be opened, for whoever set its URL. */
import { ConfigError } from '#platform/errors.ts';

/** Names the variable and the place, never the password. */
export function connectionError(databaseUrl: string, error: unknown): ConfigError {
  const { code, message } = error as NodeJS.ErrnoException;
  const { hostname, port, username, pathname } = new URL(databaseUrl);
  const place = `${hostname || 'the local socket'}:${port || '5432'}`;
  const user = decodeURIComponent(username);
  const name = decodeURIComponent(pathname.slice(1));
  const tell = (sentence: string) => new ConfigError(`DATABASE_URL: ${sentence}`, { cause: error });
  switch (code) {
    case '28P01':
    case '28000':
      return tell(`PostgreSQL at ${place} does not let the user "${user}" in; correct the user or the password`);
    case '3D000':
      return tell(`PostgreSQL at ${place} has no database "${name}"; make it, or name another one`);
    default:
      return tell(`no PostgreSQL answers at ${place} (${code ?? message}); start it there, or name another one`);
  }
}
