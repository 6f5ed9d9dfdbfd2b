import { Migration } from '@mikro-orm/migrations';

/** What a user wants to spend on rentals at most. */
export class Migration20261129164000_budget extends Migration {
  override name = 'Migration20261129164000_budget';

  override up(): void {
    this.addSql(`alter table "users" add column "budget_cents" int null, add column "budget_per" text null;`);
  }
}
