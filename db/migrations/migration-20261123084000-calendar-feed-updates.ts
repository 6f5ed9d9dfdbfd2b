import { Migration } from '@mikro-orm/migrations';

export class Migration20261123084000_calendar_feed_updates extends Migration {
  override name = 'Migration20261123084000_calendar_feed_updates';

  override up(): void | Promise<void> {
    this.addSql(
      `alter table "calendar_feeds" add "updated_at" timestamptz(3) not null default current_timestamp(3);`,
    );
  }
}
