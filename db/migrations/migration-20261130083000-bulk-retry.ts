import { Migration } from '@mikro-orm/migrations';

/** Operators can retry many users whose syncing a failure paused. */
export class Migration20261130083000_bulk_retry extends Migration {
  override name = 'Migration20261130083000_bulk_retry';

  override up(): void {
    this.addSql(`alter table "bulk_operations" drop constraint "bulk_operations_action_check";`);
    this.addSql(
      `alter table "bulk_operations" add constraint "bulk_operations_action_check" check (action in ('sync', 'pause', 'resume', 'retry'));`,
    );
  }
}
