import { Migration } from '@mikro-orm/migrations';

/** With what a calendar server refused an event, or fails on it. */
export class Migration20261130203500_calendar_answers extends Migration {
  override name = 'Migration20261130203500_calendar_answers';

  override up(): void {
    this.addSql(
      `alter table "calendar_events" add column "answer_status" int null, add column "answer_reason" text null;`,
    );
  }
}
