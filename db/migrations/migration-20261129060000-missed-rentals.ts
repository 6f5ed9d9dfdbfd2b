import { Migration } from '@mikro-orm/migrations';

/** Past rentals that vanish in bulk are kept until a second sync agrees. */
export class Migration20261129060000_missed_rentals extends Migration {
  override name = 'Migration20261129060000_missed_rentals';

  override up(): void {
    this.addSql(`alter table "bookings" add column "missed_by" uuid null;`);
    this.addSql(`alter table "sync_jobs" add column "unconfirmed" int null;`);
  }
}
