import { Migration } from '@mikro-orm/migrations';

export class Migration20261123080602_tables extends Migration {
  override name = 'Migration20261123080602_tables';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "users" ("id" uuid not null default gen_random_uuid(), "email" text not null, "name" text not null default '', "email_verified" boolean not null default false, "image" text null, "created_at" timestamptz(3) not null default current_timestamp(3), "updated_at" timestamptz(3) not null default current_timestamp(3), "interval_minutes" int null, "time_zone" text null, "quiet_from" text null, "quiet_to" text null, "changes_seen_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(`alter table "users" add constraint "users_email_unique" unique ("email");`);
    this.addSql(`alter table "users" add constraint "users_email_check" check (email = lower(email));`);

    this.addSql(
      `create table "sync_jobs" ("id" uuid not null, "user_id" uuid not null, "status" text not null, "phase" text not null default 'initializing', "done" int not null default 0, "total" int null, "attempt" int not null default 0, "bookings_synced" int null, "added" int null, "changed" int null, "removed" int null, "partial" boolean not null default false, "error_code" text null, "triggered_manually" boolean not null default false, "revision" int null, "workflow_run_id" text null, "created_at" timestamptz(3) not null default current_timestamp(3), "started_at" timestamptz(3) null, "completed_at" timestamptz(3) null, "reconciled_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(`create index "sync_jobs_history_index" on "sync_jobs" ("user_id", "created_at", "id");`);
    this.addSql(
      `create unique index "sync_jobs_one_active_unique" on "sync_jobs" ("user_id") where status in ('pending', 'running');`,
    );
    this.addSql(
      `alter table "sync_jobs" add constraint "sync_jobs_status_check" check (status in ('pending', 'running', 'completed', 'failed'));`,
    );

    this.addSql(
      `create table "sync_job_logs" ("id" bigserial primary key, "job_id" uuid not null, "user_id" uuid not null, "at" timestamptz(3) not null default current_timestamp(3), "level" text not null, "phase" text not null, "message" text not null, "data" jsonb null);`,
    );
    this.addSql(`create index "sync_job_logs_job_id_index" on "sync_job_logs" ("job_id", "id");`);
    this.addSql(`create index "sync_job_logs_user_id_index" on "sync_job_logs" ("user_id");`);
    this.addSql(
      `alter table "sync_job_logs" add constraint "sync_job_logs_level_check" check (level in ('info', 'warn', 'error'));`,
    );

    this.addSql(
      `create table "staged_rentals" ("job_id" uuid not null, "attempt" int not null, "ordinal" int not null, "record_id" text null, "name" text not null, "starts_at" timestamptz(3) null, "ends_at" timestamptz(3) null, "studio" text not null, "location" text not null, "status" text not null, "price_cents" int null, "record_url" text not null, "problem" text null, "raw" jsonb not null, primary key ("job_id", "attempt", "ordinal"));`,
    );
    this.addSql(
      `create index "staged_rentals_record_id_index" on "staged_rentals" ("job_id", "attempt", "record_id");`,
    );

    this.addSql(
      `create table "portal_accounts" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "username" text null, "password_sealed" text null, "session_sealed" text null, "key_id" text null, "revision" int not null default 0, "last_revision" int null, "state" text not null default 'disconnected', "paused_reason" text null, "next_sync_at" timestamptz(3) null, "last_sync_at" timestamptz(3) null, "consecutive_failures" int not null default 0, "created_at" timestamptz(3) not null default current_timestamp(3), "updated_at" timestamptz(3) not null default current_timestamp(3), primary key ("id"));`,
    );
    this.addSql(`alter table "portal_accounts" add constraint "portal_accounts_user_id_unique" unique ("user_id");`);
    this.addSql(
      `create index "portal_accounts_connected_index" on "portal_accounts" ("user_id") where state = 'connected';`,
    );
    this.addSql(
      `alter table "portal_accounts" add constraint "portal_accounts_state_check" check (state in ('connected', 'disconnected'));`,
    );

    this.addSql(
      `create table "calendar_feeds" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "name" text not null, "token_hash" text not null, "token_sealed" text not null, "filters" jsonb not null default '{}', "alarm_minutes" int[] not null default '{}', "created_at" timestamptz(3) not null default current_timestamp(3), "revoked_at" timestamptz(3) null, "last_fetched_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "calendar_feeds" add constraint "calendar_feeds_token_hash_unique" unique ("token_hash");`,
    );
    this.addSql(`create index "calendar_feeds_user_id_index" on "calendar_feeds" ("user_id", "created_at");`);

    this.addSql(
      `create table "bookings" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "record_id" text not null, "name" text not null, "starts_at" timestamptz(3) not null, "ends_at" timestamptz(3) not null, "studio" text not null, "location" text not null, "status" text not null, "price_cents" int null, "record_url" text not null, "first_seen_at" timestamptz(3) not null, "last_seen_at" timestamptz(3) not null, "removed_at" timestamptz(3) null, "sequence" int not null default 0, "updated_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(`create index "bookings_user_id_starts_at_index" on "bookings" ("user_id", "starts_at", "id");`);
    this.addSql(`create index "bookings_alive_index" on "bookings" ("user_id", "starts_at") where removed_at is null;`);
    this.addSql(
      `alter table "bookings" add constraint "bookings_user_id_record_id_unique" unique ("user_id", "record_id");`,
    );

    this.addSql(
      `create table "booking_changes" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "booking_id" uuid not null, "job_id" uuid null, "kind" text not null, "before" jsonb null, "after" jsonb null, "at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(`create index "booking_changes_user_id_at_index" on "booking_changes" ("user_id", "at", "id");`);
    this.addSql(`create index "booking_changes_booking_id_index" on "booking_changes" ("booking_id", "at");`);
    this.addSql(`create index "booking_changes_job_id_index" on "booking_changes" ("job_id");`);

    this.addSql(
      `alter table "sync_jobs" add constraint "sync_jobs_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "sync_job_logs" add constraint "sync_job_logs_job_id_foreign" foreign key ("job_id") references "sync_jobs" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "sync_job_logs" add constraint "sync_job_logs_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "staged_rentals" add constraint "staged_rentals_job_id_foreign" foreign key ("job_id") references "sync_jobs" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "portal_accounts" add constraint "portal_accounts_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "calendar_feeds" add constraint "calendar_feeds_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "bookings" add constraint "bookings_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "booking_changes" add constraint "booking_changes_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "booking_changes" add constraint "booking_changes_booking_id_foreign" foreign key ("booking_id") references "bookings" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "booking_changes" add constraint "booking_changes_job_id_foreign" foreign key ("job_id") references "sync_jobs" ("id") on delete set null;`,
    );
  }
}
