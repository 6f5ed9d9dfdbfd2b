import { Migration } from '@mikro-orm/migrations';

/** When a user's pause ends by itself, and the one more sync that a user wants at a time. */
export class Migration20261129130000_pause_until extends Migration {
  override name = 'Migration20261129130000_pause_until';

  override up(): void {
    this.addSql(
      `alter table "portal_accounts" add column "paused_until" timestamptz(3) null, add column "again_at" timestamptz(3) null;`,
    );
  }
}
