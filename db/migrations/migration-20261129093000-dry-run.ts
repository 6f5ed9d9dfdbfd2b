import { Migration } from '@mikro-orm/migrations';

/** A sync that writes no booking. */
export class Migration20261129093000_dry_run extends Migration {
  override name = 'Migration20261129093000_dry_run';

  override up(): void {
    this.addSql(`alter table "sync_jobs" add column "dry_run" boolean not null default false;`);
  }
}
