/** For the MikroORM CLI: `mikro-orm migration:create`, `mikro-orm migration:check`. Wants DATABASE_URL. */
import { defineConfig } from '@mikro-orm/postgresql';
import { loadDatabaseUrl } from '#platform/config.ts';
import { migrationOptions } from './migrations.ts';

export default defineConfig({ ...migrationOptions, clientUrl: loadDatabaseUrl() });
