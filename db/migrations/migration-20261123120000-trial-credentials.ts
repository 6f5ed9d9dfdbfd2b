import { Migration } from '@mikro-orm/migrations';

/** New credentials wait beside the stored ones until the portal has accepted them. */
export class Migration20261123120000_trial_credentials extends Migration {
  override name = 'Migration20261123120000_trial_credentials';

  override up(): void {
    this.addSql(
      `alter table "portal_accounts" add column "trial_username" text null, add column "trial_password_sealed" text null;`,
    );
  }
}
