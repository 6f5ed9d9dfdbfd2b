import { Migration } from '@mikro-orm/migrations';

/** The portal-wide circuit breaker, long failure of one user, and indexes by time for retention. */
export class Migration20261123084936_self_healing extends Migration {
  override name = 'Migration20261123084936_self_healing';

  override up(): void {
    this.addSql(
      `create table "portal_circuit" ("id" int not null default 1, "opened_at" timestamptz(3) null, "reason" text null, "closed_at" timestamptz(3) null, "probed_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(`alter table "portal_circuit" add constraint "portal_circuit_id_check" check (id = 1);`);
    this.addSql(`insert into "portal_circuit" ("id") values (1);`);

    this.addSql(
      `alter table "portal_accounts" add "failing_since" timestamptz(3) null, add "sync_warning" text null;`,
    );

    this.addSql(`create index "sync_jobs_completed_at_index" on "sync_jobs" ("completed_at");`);
    this.addSql(`create index "booking_changes_at_index" on "booking_changes" ("at");`);
  }
}
