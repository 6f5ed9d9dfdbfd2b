import { Migration } from '@mikro-orm/migrations';

/** Why a sync reads once more, for those who watch it. */
export class Migration20261129092000_job_retry extends Migration {
  override name = 'Migration20261129092000_job_retry';

  override up(): void {
    this.addSql(`alter table "sync_jobs" add column "retry" jsonb null;`);
  }
}
