import { Migration } from '@mikro-orm/migrations';

/** Which bulk operation an entry of the audit log belongs to, and an index of the users who are left of one. */
export class Migration20261129171000_bulk_traces extends Migration {
  override name = 'Migration20261129171000_bulk_traces';

  override up(): void {
    this.addSql(`alter table "audit_entries" add column "bulk" jsonb null;`);
    this.addSql(
      `create index "bulk_operation_users_left_index" on "bulk_operation_users" ("bulk_id", "at" nulls first, "user_id") where outcome is null or outcome = 'started';`,
    );
  }
}
