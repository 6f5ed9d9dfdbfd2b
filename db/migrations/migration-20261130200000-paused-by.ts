import { Migration } from '@mikro-orm/migrations';

/** Who made a pause that no failure made, where it was not the user. */
export class Migration20261130200000_paused_by extends Migration {
  override name = 'Migration20261130200000_paused_by';

  override up(): void {
    this.addSql(`alter table "portal_accounts" add column "paused_by" text null;`);
  }
}
