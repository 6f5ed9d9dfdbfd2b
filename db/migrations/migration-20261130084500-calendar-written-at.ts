import { Migration } from '@mikro-orm/migrations';

/** When an event was last written, or refused. Unknown for those of before. */
export class Migration20261130084500_calendar_written_at extends Migration {
  override name = 'Migration20261130084500_calendar_written_at';

  override up(): void {
    this.addSql(`alter table "calendar_events" add column "written_at" timestamptz(3) null;`);
  }
}
