import { Migration } from '@mikro-orm/migrations';

/** Operators see what was delivered in the last day. */
export class Migration20261129201500_done_deliveries extends Migration {
  override name = 'Migration20261129201500_done_deliveries';

  override up(): void {
    this.addSql(`create index "deliveries_done_at_index" on "deliveries" ("done_at") where done_at is not null;`);
  }
}
