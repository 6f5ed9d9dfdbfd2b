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
      return tell(
        /no encryption/.test(message)
          ? `PostgreSQL at ${place} lets nobody in without TLS; add ?sslmode=verify-full`
          : `PostgreSQL at ${place} does not let the user "${user}" in; correct the user or the password`,
      );
    case '3D000':
      return tell(`PostgreSQL at ${place} has no database "${name}"; make it, or name another one`);
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'CERT_HAS_EXPIRED':
      return tell(`PostgreSQL at ${place} shows a certificate that is not good for it: ${message}`);
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return tell(
        `PostgreSQL at ${place} shows a certificate of an unknown authority; name its file: …?sslmode=verify-full&sslrootcert=/path/to/ca.crt`,
      );
    default:
      return tell(`no PostgreSQL answers at ${place} (${code ?? message}); start it there, or name another one`);
  }
}
