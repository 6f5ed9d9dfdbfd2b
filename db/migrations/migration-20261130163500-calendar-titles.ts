import { Migration } from '@mikro-orm/migrations';

/** What an event was called when we wrote it last, so that a title that the person changed is known. */
export class Migration20261130163500_calendar_titles extends Migration {
  override name = 'Migration20261130163500_calendar_titles';

  override up(): void {
    this.addSql(`alter table "calendar_events" add column "title" text null;`);
  }
}
