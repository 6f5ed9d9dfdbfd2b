import { Migration } from '@mikro-orm/migrations';

/** A sync that took many rentals for gone at once says so. */
export class Migration20261130121500_lost_rentals extends Migration {
  override name = 'Migration20261130121500_lost_rentals';

  override up(): void {
    this.addSql(`alter table "sync_jobs" add column "lost" int null;`);
  }
}
