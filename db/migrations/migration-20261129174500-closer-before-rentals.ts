import { Migration } from '@mikro-orm/migrations';

/** Whether syncs come closer together in the last day before a rental. */
export class Migration20261129174500_closer_before_rentals extends Migration {
  override name = 'Migration20261129174500_closer_before_rentals';

  override up(): void {
    this.addSql(`alter table "users" add column "closer_before_rentals" boolean not null default false;`);
  }
}
