import { Migration } from '@mikro-orm/migrations';

/** Pages of failures, so that operators see them wherever the worker ran. */
export class Migration20261130202755_failure_pages extends Migration {
  override name = 'Migration20261130202755_failure_pages';

  override up(): void {
    this.addSql(
      `create table "failure_pages" ("id" uuid not null default gen_random_uuid(), "job_id" uuid not null, "user_id" uuid not null, "attempt" int not null, "kind" text not null, "at" timestamptz(3) not null default current_timestamp(3), "html" text not null, "picture" bytea null, primary key ("id"));`,
    );
    this.addSql(`create index "failure_pages_at_index" on "failure_pages" ("at", "id");`);
    this.addSql(`create index "failure_pages_job_id_index" on "failure_pages" ("job_id");`);
    this.addSql(`create index "failure_pages_user_id_index" on "failure_pages" ("user_id");`);
    this.addSql(
      `alter table "failure_pages" add constraint "failure_pages_job_id_foreign" foreign key ("job_id") references "sync_jobs" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "failure_pages" add constraint "failure_pages_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`,
    );
  }
}
