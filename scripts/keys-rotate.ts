/**
 * `npm run keys:rotate`: seals every secret in the database with the first key of CREDENTIALS_KEYS. Safe while the
 * service runs; Ctrl-C stops it, and the next run goes on. Without DATABASE_URL and CREDENTIALS_KEYS it works on the
 * local service of DATA_DIR, which must be running. Exit code 1 where values are left that cannot be sealed anew.
 */
import { ConfigError, PlainError } from '#platform/errors.ts';
import { loadLocalConfig, type LocalConfig } from '#platform/config.ts';
import { initOrm } from '#db/orm.ts';
import { createSecrets } from '#db/secrets.ts';
import { localDatabaseUrl, localKeyring } from './lib/local-secrets.ts';
import { rotateKeys } from './lib/rotate-keys.ts';

interface Settings {
  databaseUrl: string;
  keys: NonNullable<LocalConfig['CREDENTIALS_KEYS']>;
  hasAuthSecret: boolean;
}

function settings(): Settings {
  const { DATA_DIR, DATABASE_URL, CREDENTIALS_KEYS, AUTH_SECRET } = loadLocalConfig();
  const kept = () => loadLocalConfig({ ...process.env, CREDENTIALS_KEYS: localKeyring(DATA_DIR) }).CREDENTIALS_KEYS!;
  return {
    databaseUrl: DATABASE_URL ?? localDatabaseUrl(DATA_DIR),
    keys: CREDENTIALS_KEYS ?? kept(),
    hasAuthSecret: AUTH_SECRET !== undefined,
  };
}

async function main(): Promise<void> {
  const { databaseUrl, keys, hasAuthSecret } = settings();
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const orm = await initOrm(databaseUrl);
  try {
    const say = (line: string) => console.log(line);
    const secrets = createSecrets(keys);
    const { left } = await rotateKeys({ orm, secrets, signal: stopped.signal, say, hasAuthSecret });
    process.exitCode = left > 0 ? 1 : 0;
  } finally {
    await orm.close();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof PlainError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
