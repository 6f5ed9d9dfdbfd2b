import { Migration } from '@mikro-orm/migrations';

/** The reconciler asks PostgreSQL whose sync is overdue, and no longer walks all connected users. */
export class Migration20261128120000_due_index extends Migration {
  override name = 'Migration20261128120000_due_index';

  override up(): void {
    this.addSql(`drop index "portal_accounts_connected_index";`);
    this.addSql(
      `create index "portal_accounts_due_index" on "portal_accounts" ((coalesce(next_sync_at, '-infinity'::timestamptz)), "user_id") where state = 'connected' and paused_reason is null;`,
    );
  }
}
