import { Migration } from '@mikro-orm/migrations';

/** What a calendar refused may pass, so it is tried again; and its person is told once. */
export class Migration20261130161000_calendar_second_tries extends Migration {
  override name = 'Migration20261130161000_calendar_second_tries';

  override up(): void {
    this.addSql(
      `alter table "calendar_connections" add column "refused_since" timestamptz(3) null, add column "told_of" text null;`,
    );
    // Those that stopped before were told.
    this.addSql(`update "calendar_connections" set "told_of" = "error" where "state" = 'needs_you';`);
  }
}
