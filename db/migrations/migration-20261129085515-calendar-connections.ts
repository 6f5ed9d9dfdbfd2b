import { Migration } from '@mikro-orm/migrations';

/** Calendars of people elsewhere, and what we have written into them. */
export class Migration20261129085515_calendar_connections extends Migration {
  override name = 'Migration20261129085515_calendar_connections';

  override up(): void {
    this.addSql(
      `create table "calendar_connections" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "kind" text not null default 'caldav', "server_url" text not null, "username" text not null, "password_sealed" text not null, "calendar_url" text not null, "name" text not null, "state" text not null default 'filling', "error" text null, "failing_since" timestamptz(3) null, "revision" int not null default 0, "due_at" timestamptz(3) null, "last_pushed_at" timestamptz(3) null, "removing_at" timestamptz(3) null, "created_at" timestamptz(3) not null default current_timestamp(3), "updated_at" timestamptz(3) not null default current_timestamp(3), primary key ("id"), constraint "calendar_connections_kind_check" check (kind in ('caldav')), constraint "calendar_connections_state_check" check (state in ('filling', 'ok', 'needs_you', 'failing')));`,
    );
    this.addSql(
      `alter table "calendar_connections" add constraint "calendar_connections_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );
    this.addSql(
      `create index "calendar_connections_user_id_index" on "calendar_connections" ("user_id", "created_at");`,
    );
    this.addSql(
      `create index "calendar_connections_due_index" on "calendar_connections" ("due_at") where due_at is not null;`,
    );
    this.addSql(
      `create table "calendar_events" ("connection_id" uuid not null, "booking_id" uuid not null, "href" text not null, "name" text not null, "etag" text null, "content_hash" text not null, "sequence" int not null, "state" text not null default 'written', primary key ("connection_id", "booking_id"), constraint "calendar_events_state_check" check (state in ('intended', 'written', 'deleted', 'refused')));`,
    );
    this.addSql(
      `alter table "calendar_events" add constraint "calendar_events_connection_id_foreign" foreign key ("connection_id") references "calendar_connections" ("id") on delete cascade;`,
    );
  }
}
