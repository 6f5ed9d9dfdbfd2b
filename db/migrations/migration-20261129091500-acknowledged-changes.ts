import { Migration } from '@mikro-orm/migrations';

/** Which changes the user has said to know of. */
export class Migration20261129091500_acknowledged_changes extends Migration {
  override name = 'Migration20261129091500_acknowledged_changes';

  override up(): void {
    this.addSql(`alter table "booking_changes" add column "acknowledged_at" timestamptz(3) null;`);
  }
}
