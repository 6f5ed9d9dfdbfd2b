import { Migration } from '@mikro-orm/migrations';

/** Reminders so many minutes before a rental. */
export class Migration20261130204800_reminder_minutes extends Migration {
  override name = 'Migration20261130204800_reminder_minutes';

  override up(): void {
    this.addSql(
      `alter table "users" add column "remind_minutes" int null constraint "users_remind_minutes_check" check (remind_minutes >= 10 and remind_minutes <= 1440);`,
    );
  }
}
