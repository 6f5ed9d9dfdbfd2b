import { Migration } from '@mikro-orm/migrations';

/** Why the next sync is due when it is, and when a workflow last had it written. */
export class Migration20261128210000_schedule_reason extends Migration {
  override name = 'Migration20261128210000_schedule_reason';

  override up(): void {
    this.addSql(
      `alter table "portal_accounts" add column "schedule_reason" text null, add column "schedule_as_of" timestamptz(3) null;`,
    );
  }
}
