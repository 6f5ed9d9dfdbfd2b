import { Migration } from '@mikro-orm/migrations';

/** Which calendars of a person say when they are busy, and during which rentals they are. */
export class Migration20261129203419_calendar_clashes extends Migration {
  override name = 'Migration20261129203419_calendar_clashes';

  override up(): void {
    this.addSql(`create table "calendar_clashes" ("connection_id" uuid not null, "booking_id" uuid not null, "starts_at" timestamptz(3) not null, "ends_at" timestamptz(3) not null, primary key ("connection_id", "booking_id", "starts_at"));`);

    this.addSql(`alter table "calendar_connections" add "busy_calendars" jsonb not null default '[]', add "busy_read_at" timestamptz(3) null;`);

    this.addSql(`alter table "calendar_clashes" add constraint "calendar_clashes_connection_id_foreign" foreign key ("connection_id") references "calendar_connections" ("id") on delete cascade;`);
  }
}
