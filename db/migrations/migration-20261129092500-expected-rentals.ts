import { Migration } from '@mikro-orm/migrations';

/** What a sync that runs is measured by. */
export class Migration20261129092500_expected_rentals extends Migration {
  override name = 'Migration20261129092500_expected_rentals';

  override up(): void {
    this.addSql(`alter table "sync_jobs" add column "expected_ms" int null, add column "expected_total" int null;`);
  }
}
