import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inProject } from '#platform/paths.ts';

const run = promisify(execFile);

/** Gives the role, as it is given at the server. */
export async function makeOperator(email: string, databaseUrl = process.env.E2E_DATABASE_URL): Promise<void> {
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  await run(process.execPath, [inProject('scripts', 'operator.ts'), 'add', email], { env });
}
