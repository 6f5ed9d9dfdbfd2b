/** The light activities as the worker runs them, over a database of their own. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { SyncDeps } from '#activities/deps.ts';

const config = {
  SYNC_TIMEOUT_SECONDS: 300,
  SYNC_INTERVAL_MINUTES: 120,
  RETENTION_DAYS: 30,
  HISTORY_DAYS: 1_100,
  DATA_DIR: '/nowhere',
};

export const depsWith = (orm: MikroORM): SyncDeps => ({ config, orm, temporal: noTemporal });

/** Runs one activity once, as a task of its own. What it logs about failures is not the test's concern. */
export function runner<Input, Output>(
  create: (deps: SyncDeps) => (input: Input) => Promise<Output>,
  orm: () => MikroORM,
) {
  return (input: Input): Promise<Output> =>
    new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(create(depsWith(orm())), input);
}

/** These activities speak to the database alone; whatever they would ask of Temporal fails the test. */
const noTemporal = new Proxy({} as SyncDeps['temporal'], {
  get(_target, name) {
    throw new Error(`the activity asked for temporal.${String(name)}`);
  },
});
