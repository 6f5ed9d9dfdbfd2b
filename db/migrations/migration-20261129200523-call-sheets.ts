import { Migration } from '@mikro-orm/migrations';

/** Secret links by which guests read of rentals, and what they answer. */
export class Migration20261129200523_call_sheets extends Migration {
  override name = 'Migration20261129200523_call_sheets';

  override up(): void {
    this.addSql(`create table "call_sheets" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "title" text not null, "note" text not null default '', "host_name" text not null default '', "names_shown" boolean not null default false, "booking_id" uuid null, "period_from" timestamptz(3) null, "period_to" timestamptz(3) null, "token_hash" text not null, "token_sealed" text not null, "expires_at" timestamptz(3) not null, "revoked_at" timestamptz(3) null, "created_at" timestamptz(3) not null default current_timestamp(3), "updated_at" timestamptz(3) not null default current_timestamp(3), "last_opened_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`alter table "call_sheets" add constraint "call_sheets_token_hash_unique" unique ("token_hash");`);
    this.addSql(`create index "call_sheets_user_id_index" on "call_sheets" ("user_id", "created_at", "id");`);
    this.addSql(`create index "call_sheets_booking_id_index" on "call_sheets" ("booking_id");`);
    this.addSql(`create index "call_sheets_expires_at_index" on "call_sheets" ("expires_at");`);

    this.addSql(`create table "call_sheet_guests" ("id" uuid not null default gen_random_uuid(), "call_sheet_id" uuid not null, "secret_hash" text not null, "name" text not null, "created_at" timestamptz(3) not null default current_timestamp(3), primary key ("id"));`);
    this.addSql(`alter table "call_sheet_guests" add constraint "call_sheet_guests_secret_unique" unique ("call_sheet_id", "secret_hash");`);

    this.addSql(`create table "call_sheet_answers" ("guest_id" uuid not null, "booking_id" uuid not null, "answer" text not null, "comment" text not null default '', "answered_at" timestamptz(3) not null, primary key ("guest_id", "booking_id"));`);
    this.addSql(`create index "call_sheet_answers_booking_id_index" on "call_sheet_answers" ("booking_id");`);

    this.addSql(`alter table "call_sheets" add constraint "call_sheets_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "call_sheets" add constraint "call_sheets_booking_id_foreign" foreign key ("booking_id") references "bookings" ("id") on delete cascade;`);
    this.addSql(`alter table "call_sheets" add constraint "call_sheets_subject_check" check (num_nonnulls(booking_id, period_from) = 1 and (period_from is null) = (period_to is null));`);

    this.addSql(`alter table "call_sheet_guests" add constraint "call_sheet_guests_call_sheet_id_foreign" foreign key ("call_sheet_id") references "call_sheets" ("id") on delete cascade;`);

    this.addSql(`alter table "call_sheet_answers" add constraint "call_sheet_answers_guest_id_foreign" foreign key ("guest_id") references "call_sheet_guests" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "call_sheet_answers" add constraint "call_sheet_answers_booking_id_foreign" foreign key ("booking_id") references "bookings" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "call_sheet_answers" add constraint "call_sheet_answers_answer_check" check (answer in ('yes', 'no', 'maybe'));`);
  }
}
