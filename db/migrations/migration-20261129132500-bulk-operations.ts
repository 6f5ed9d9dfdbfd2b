import { Migration } from '@mikro-orm/migrations';

/** What operators do to many users, and whom it is about. */
export class Migration20261129132500_bulk_operations extends Migration {
  override name = 'Migration20261129132500_bulk_operations';

  override up(): void {
    this.addSql(
      `create table "bulk_operations" ("id" uuid not null default gen_random_uuid(), "action" text not null, "query" jsonb not null, "rate_per_minute" int not null, "reason" text null, "requested_by" uuid not null, "undo_of" uuid null, "state" text not null default 'running', "total" int not null, "created_at" timestamptz(3) not null default current_timestamp(3), "finished_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(`create index "bulk_operations_created_at_index" on "bulk_operations" ("created_at");`);
    this.addSql(
      `create table "bulk_operation_users" ("bulk_id" uuid not null, "user_id" uuid not null, "outcome" text null, "at" timestamptz(3) null, primary key ("bulk_id", "user_id"));`,
    );
    this.addSql(`create index "bulk_operation_users_user_id_index" on "bulk_operation_users" ("user_id");`);
    this.addSql(
      `alter table "bulk_operations" add constraint "bulk_operations_action_check" check (action in ('sync', 'pause', 'resume'));`,
    );
    this.addSql(
      `alter table "bulk_operations" add constraint "bulk_operations_state_check" check (state in ('running', 'completed', 'canceled'));`,
    );
    this.addSql(
      `alter table "bulk_operation_users" add constraint "bulk_operation_users_bulk_id_foreign" foreign key ("bulk_id") references "bulk_operations" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "bulk_operation_users" add constraint "bulk_operation_users_user_id_foreign" foreign key ("user_id") references "users" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "bulk_operation_users" add constraint "bulk_operation_users_outcome_check" check (outcome in ('started', 'done', 'skipped'));`,
    );
  }
}
