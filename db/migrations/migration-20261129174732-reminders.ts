import { Migration } from '@mikro-orm/migrations';

/** How long before a rental the devices of a user say so. */
export class Migration20261129174732_reminders extends Migration {
  override name = 'Migration20261129174732_reminders';

  override up(): void {
    this.addSql(
      `alter table "users" add column "remind_before" text null constraint "users_remind_before_check" check (remind_before in ('1h', '2h', 'evening'));`,
    );
  }
}
