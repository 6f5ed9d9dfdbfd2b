import { Migration } from '@mikro-orm/migrations';

/** How all accounts stand, for operators: by state and by what the last sync failed as. */
export class Migration20261129131200_account_standing extends Migration {
  override name = 'Migration20261129131200_account_standing';

  override up(): void {
    this.addSql(`alter table "portal_accounts" add column "last_error_code" text null;`);
    this.addSql(
      `update "portal_accounts" a set "last_error_code" = j.error_code from (select distinct on (user_id) user_id, error_code from "sync_jobs" where completed_at is not null order by user_id, created_at desc, id desc) j where j.user_id = a.user_id and j.error_code is not null;`,
    );
    this.addSql(
      `create index "portal_accounts_standing_index" on "portal_accounts" ("state", "paused_reason", "last_error_code");`,
    );
    this.addSql(
      `create index "portal_accounts_last_error_index" on "portal_accounts" ("last_error_code", "user_id") where last_error_code is not null;`,
    );
    this.addSql(
      `create index "portal_accounts_paused_index" on "portal_accounts" ("user_id") where paused_reason is not null;`,
    );
  }
}
