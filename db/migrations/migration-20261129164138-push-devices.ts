import { Migration } from '@mikro-orm/migrations';

/** Devices that are told by push: each is one browser, which belongs to one user. */
export class Migration20261129164138_push_devices extends Migration {
  override name = 'Migration20261129164138_push_devices';

  override up(): void {
    this.addSql(`alter table "delivery_targets" add column "session_id" uuid null;`);
    this.addSql(
      `create unique index "delivery_targets_push_unique" on "delivery_targets" ("address") where channel = 'push';`,
    );
  }
}
