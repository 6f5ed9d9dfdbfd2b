import { Migration } from '@mikro-orm/migrations';

/** Events, where users want to be told of them, and what came of it. */
export class Migration20261129084537_outbox extends Migration {
  override name = 'Migration20261129084537_outbox';

  override up(): void {
    this.addSql(`create table "events" ("seq" bigserial primary key, "id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "job_id" uuid null, "booking_id" uuid null, "type" text not null, "data" jsonb not null, "at" timestamptz(3) not null);`);
    this.addSql(`create index "events_user_id_index" on "events" ("user_id", "seq");`);
    this.addSql(`create index "events_at_index" on "events" ("at");`);

    this.addSql(`create table "delivery_targets" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "channel" text not null, "address" text not null, "description" text not null default '', "events" text[] not null default '{}', "secret_sealed" text null, "previous_secret_sealed" text null, "previous_until" timestamptz(3) null, "disabled_reason" text null, "failures" int not null default 0, "failing_since" timestamptz(3) null, "held_until" timestamptz(3) null, "warned" int not null default 0, "last_delivered_at" timestamptz(3) null, "created_at" timestamptz(3) not null default current_timestamp(3), "updated_at" timestamptz(3) not null default current_timestamp(3), primary key ("id"));`);
    this.addSql(`create index "delivery_targets_user_id_index" on "delivery_targets" ("user_id", "created_at");`);

    this.addSql(`create table "deliveries" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "target_id" uuid not null, "event_seq" bigint not null, "lane" text not null, "status" text not null default 'pending', "tries" int not null default 0, "next_at" timestamptz(3) null, "attempts" jsonb not null default '[]', "created_at" timestamptz(3) not null default current_timestamp(3), "done_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "deliveries_event_seq_index" on "deliveries" ("event_seq");`);
    this.addSql(`create index "deliveries_user_id_index" on "deliveries" ("user_id", "created_at", "id");`);
    this.addSql(`create index "deliveries_pending_index" on "deliveries" ("target_id", "next_at") where status = 'pending';`);
    this.addSql(`alter table "deliveries" add constraint "deliveries_target_id_event_seq_unique" unique ("target_id", "event_seq");`);

    this.addSql(`alter table "events" add constraint "events_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);

    this.addSql(`alter table "delivery_targets" add constraint "delivery_targets_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "delivery_targets" add constraint "delivery_targets_channel_check" check (channel in ('webhook', 'calendar', 'push', 'mail'));`);
    this.addSql(`alter table "delivery_targets" add constraint "delivery_targets_disabled_reason_check" check (disabled_reason in ('user', 'gone', 'failing'));`);

    this.addSql(`alter table "deliveries" add constraint "deliveries_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "deliveries" add constraint "deliveries_target_id_foreign" foreign key ("target_id") references "delivery_targets" ("id") on delete cascade;`);
    this.addSql(`alter table "deliveries" add constraint "deliveries_event_seq_foreign" foreign key ("event_seq") references "events" ("seq") on delete cascade;`);
    this.addSql(`alter table "deliveries" add constraint "deliveries_status_check" check (status in ('pending', 'delivered', 'given_up'));`);
  }
}
