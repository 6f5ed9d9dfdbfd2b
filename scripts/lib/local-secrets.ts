/** What the local service keeps in DATA_DIR, for tools that work beside it. */
import { notEmpty } from '#platform/data-dir.ts';
import { PlainError } from '#platform/errors.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { databaseName } from './local-stack.ts';

/** The embedded PostgreSQL of this DATA_DIR, with its password: not for logs. Throws {@link PlainError}. */
export function localDatabaseUrl(dataDir: string): string {
  const port = portOfPostgres(read(dataDir, 'DATABASE_URL', 'ports.json'));
  if (!port) throw noService(dataDir, 'DATABASE_URL');
  const password = notEmpty(
    join(dataDir, 'postgres', 'password'),
    read(dataDir, 'DATABASE_URL', 'postgres', 'password'),
  );
  return `postgres://postgres:${password}@127.0.0.1:${port}/${databaseName}`;
}

/** The ring of keys of this DATA_DIR, as CREDENTIALS_KEYS has it. Throws {@link PlainError}. */
export function localKeyring(dataDir: string): string {
  const ring = read(dataDir, 'CREDENTIALS_KEYS', 'keys', 'credentials-keys');
  return notEmpty(join(dataDir, 'keys', 'credentials-keys'), ring);
}

function portOfPostgres(ports: string): number | undefined {
  try {
    return (JSON.parse(ports) as { postgres?: number }).postgres;
  } catch {
    return undefined; // emptied or cut off: the next start writes it anew
  }
}

function read(dataDir: string, setting: string, ...path: string[]): string {
  try {
    return readFileSync(join(dataDir, ...path), 'utf8');
  } catch {
    // Whatever the reason, without this file there is no local service here.
    throw noService(dataDir, setting);
  }
}

const noService = (dataDir: string, setting: string): PlainError =>
  new PlainError(`${dataDir} holds no local service: start it once, set DATA_DIR, or set ${setting}`);
