import { Migration } from '@mikro-orm/migrations';

/** A call sheet may be about a group of rentals. */
export class Migration20261129210644_call_sheets_of_groups extends Migration {
  override name = 'Migration20261129210644_call_sheets_of_groups';

  override up(): void {
    this.addSql(`alter table "call_sheets" drop constraint "call_sheets_subject_check";`);
    this.addSql(`alter table "call_sheets" add column "group_id" uuid null;`);
    this.addSql(`alter table "call_sheets" add constraint "call_sheets_group_id_foreign" foreign key ("group_id") references "groups" ("id") on delete cascade;`);
    this.addSql(`create index "call_sheets_group_id_index" on "call_sheets" ("group_id");`);
    this.addSql(`alter table "call_sheets" add constraint "call_sheets_subject_check" check (num_nonnulls(booking_id, group_id, period_from) = 1 and (period_from is null) = (period_to is null));`);
  }
}
