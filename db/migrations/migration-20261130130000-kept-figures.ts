import { Migration } from '@mikro-orm/migrations';

/** Corrections of prices and statuses are kept, so retention looks past them; a call sheet's link may follow its rentals. */
export class Migration20261130130000_kept_figures extends Migration {
  override name = 'Migration20261130130000_kept_figures';

  override up(): void {
    this.addSql(`create index "booking_changes_forgotten_index" on "booking_changes" ("at") where kind <> 'price' and kind <> 'status';`);
    this.addSql(`alter table "call_sheets" add column "follows_rentals" boolean not null default false;`);
  }
}
