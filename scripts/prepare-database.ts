/**
 * Makes the two roles of a PostgreSQL server that others do not manage: `gibney_sync` with its database, and `temporal`,
 * which makes its own. Neither can read the other's. Safe to run again; passwords are set to what is given.
 */
import pg from 'pg';

function setting(name: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is required`);
  process.exit(1);
}

async function ensureRole(admin: pg.Client, name: string, password: string, rights: string): Promise<void> {
  const { rowCount } = await admin.query('select 1 from pg_roles where rolname = $1', [name]);
  const statement = `${rowCount ? 'alter' : 'create'} role ${name} login ${rights} password %L`;
  const { rows } = await admin.query<{ text: string }>('select format($1, $2::text) as text', [statement, password]);
  await admin.query(rows[0]!.text);
}

async function ensureOwnDatabase(admin: pg.Client, name: string): Promise<void> {
  const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [name]);
  if (!rowCount) await admin.query(`create database ${name} owner ${name}`);
  await admin.query(`revoke connect on database ${name} from public`);
}

const admin = new pg.Client({ connectionString: setting('ADMIN_DATABASE_URL') });
const [ours, temporals] = [setting('DATABASE_PASSWORD'), setting('TEMPORAL_DATABASE_PASSWORD')];
await admin.connect();
try {
  await ensureRole(admin, 'gibney_sync', ours, 'nocreatedb');
  await ensureRole(admin, 'temporal', temporals, 'createdb');
  await ensureOwnDatabase(admin, 'gibney_sync');
} finally {
  await admin.end();
}
