import { Migration } from '@mikro-orm/migrations';

/** Which values of a staged row could not be read, so that the others are stored. */
export class Migration20261129003000_unreadable_fields extends Migration {
  override name = 'Migration20261129003000_unreadable_fields';

  override up(): void {
    this.addSql(`alter table "staged_rentals" add column "unreadable" text[] not null default '{}';`);
  }
}
