/** Where the migrations lie and how they are applied. */
import path from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import type { Options } from '@mikro-orm/postgresql';
import { ormOptions } from './orm.ts';

const folder = path.join(import.meta.dirname, 'migrations');

export const migrationOptions = {
  ...ormOptions,
  extensions: [Migrator],
  migrations: {
    path: folder,
    pathTs: folder,
    glob: 'migration-*.ts',
    fileName: (timestamp: string, name?: string) => `migration-${timestamp}${name ? `-${name}` : ''}`,
    snapshotName: '.snapshot',
    // The snapshot belongs to the repository: only `migration:create` writes it.
    snapshotOnMigrate: false,
    silent: true,
    // Each with its own line in the table of what was applied: where one fails, those before it stay, and the next run goes on.
    allOrNothing: false,
  },
} satisfies Options;
