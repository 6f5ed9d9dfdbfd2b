/**
 * `npm run operator -- add <e-mail>`, `remove <e-mail>` or `list`: who looks after the service. Without DATABASE_URL it works on
 * the local service of DATA_DIR, which must be running.
 */
import { ConfigError, PlainError } from '#platform/errors.ts';
import { loadLocalConfig } from '#platform/config.ts';
import { initOrm, type EntityManager } from '#db/orm.ts';
import { addOperator, listOperators, removeOperator, type OperatorChange } from '#db/queries/operators.ts';
import { localDatabaseUrl } from './lib/local-secrets.ts';

const usage = 'npm run operator -- add <e-mail> | remove <e-mail> | list';

const said: Record<'add' | 'remove', Record<OperatorChange, (email: string) => string>> = {
  add: {
    changed: (email) => `${email} is an operator from now on`,
    unchanged: (email) => `${email} is an operator already`,
    unknown: (email) => `there is no account with the e-mail address ${email}: register it first`,
  },
  remove: {
    changed: (email) => `${email} is no operator any more`,
    unchanged: (email) => `${email} is no operator`,
    unknown: (email) => `there is no account with the e-mail address ${email}`,
  },
};

async function run(em: EntityManager, [command, email, ...rest]: string[]): Promise<string> {
  if (command === 'list' && email === undefined) {
    const operators = await listOperators(em);
    const lines = operators.map((one) => `${one.email}  since ${one.createdAt.toISOString().slice(0, 10)}`);
    return lines.join('\n') || 'there is no operator yet';
  }
  if ((command !== 'add' && command !== 'remove') || !email || rest.length > 0) throw new PlainError(`usage: ${usage}`);
  const change = await (command === 'add' ? addOperator : removeOperator)(em, email);
  const line = said[command][change](email);
  if (change === 'unknown') throw new PlainError(line);
  return line;
}

async function main(): Promise<void> {
  const { DATA_DIR, DATABASE_URL } = loadLocalConfig();
  const orm = await initOrm(DATABASE_URL ?? localDatabaseUrl(DATA_DIR));
  try {
    console.log(await run(orm.em.fork(), process.argv.slice(2)));
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
