import { Migration } from '@mikro-orm/migrations';

/** An event on which a server fails is tried again by itself, and holds up no other. */
export class Migration20261130162000_calendar_event_tries extends Migration {
  override name = 'Migration20261130162000_calendar_event_tries';

  override up(): void {
    this.addSql(
      `alter table "calendar_events" add column "failing_since" timestamptz(3) null, add column "retry_at" timestamptz(3) null;`,
    );
  }
}
