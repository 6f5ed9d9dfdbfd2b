/** What the local service keeps in DATA_DIR, for tools that work beside it. */
import { PlainError } from '#platform/errors.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { databaseName } from './local-stack.ts';

/** The embedded PostgreSQL of this DATA_DIR, with its password: not for logs. Throws {@link PlainError}. */
export function localDatabaseUrl(dataDir: string): string {
  const { postgres } = JSON.parse(read(dataDir, 'DATABASE_URL', 'ports.json')) as { postgres: number };
  const password = read(dataDir, 'DATABASE_URL', 'postgres', 'password').trim();
  return `postgres://postgres:${password}@127.0.0.1:${postgres}/${databaseName}`;
}

/** The ring of keys of this DATA_DIR, as CREDENTIALS_KEYS has it. Throws {@link PlainError}. */
export function localKeyring(dataDir: string): string {
  return read(dataDir, 'CREDENTIALS_KEYS', 'keys', 'credentials-keys').trim();
}

function read(dataDir: string, setting: string, ...path: string[]): string {
  try {
    return readFileSync(join(dataDir, ...path), 'utf8');
  } catch {
    // Whatever the reason, without this file there is no local service here.
    throw new PlainError(`${dataDir} holds no local service: start it once, set DATA_DIR, or set ${setting}`);
  }
}
