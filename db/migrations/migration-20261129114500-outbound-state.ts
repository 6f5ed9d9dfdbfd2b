import { Migration } from '@mikro-orm/migrations';

/** Each calendar once a user; when a calendar was last compared; which state of a target a round began with, and what its owner was told. */
export class Migration20261129114500_outbound_state extends Migration {
  override name = 'Migration20261129114500_outbound_state';

  override up(): void {
    this.addSql(`alter table "calendar_connections" add column "looked_at" timestamptz(3) null;`);
    // All of these wrote the same events, so nothing goes from the calendar.
    this.addSql(
      `delete from "calendar_connections" c using "calendar_connections" kept where c.user_id = kept.user_id and c.calendar_url = kept.calendar_url and c.removing_at is not null and kept.removing_at is null;`,
    );
    this.addSql(
      `delete from "calendar_connections" c using "calendar_connections" earlier where c.user_id = earlier.user_id and c.calendar_url = earlier.calendar_url and c.removing_at is null and earlier.removing_at is null and (earlier.created_at, earlier.id) < (c.created_at, c.id);`,
    );
    this.addSql(
      `create unique index "calendar_connections_calendar_unique" on "calendar_connections" ("user_id", "calendar_url") where removing_at is null;`,
    );
    this.addSql(
      `alter table "delivery_targets" add column "revision" int not null default 0, add column "told" int not null default 0;`,
    );
    this.addSql(`update "delivery_targets" set "told" = "warned" where "warned" > 0;`);
    this.addSql(`alter table "sync_jobs" add column "narrowed" boolean not null default false;`);
  }
}
