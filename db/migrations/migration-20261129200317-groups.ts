import { Migration } from '@mikro-orm/migrations';

/** Groups of rentals, the rules that assign to them, their members and who is invited. */
export class Migration20261129200317_groups extends Migration {
  override name = 'Migration20261129200317_groups';

  override up(): void {
    this.addSql(`create table "groups" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "name" text not null, "payer" text not null default '', "created_at" timestamptz(3) not null default current_timestamp(3), primary key ("id"));`);
    this.addSql(`alter table "groups" add constraint "groups_user_id_name_unique" unique ("user_id", "name");`);

    this.addSql(`create table "group_rules" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "group_id" uuid not null, "studio" text null, "weekday" int null, "starts_from" text null, "starts_to" text null, "name_contains" text null, "created_at" timestamptz(3) not null default current_timestamp(3), primary key ("id"));`);
    this.addSql(`create index "group_rules_user_id_index" on "group_rules" ("user_id", "created_at", "id");`);
    this.addSql(`create index "group_rules_group_id_index" on "group_rules" ("group_id");`);

    this.addSql(`create table "group_members" ("group_id" uuid not null, "user_id" uuid not null, "role" text not null, "created_at" timestamptz(3) not null default current_timestamp(3), primary key ("group_id", "user_id"));`);
    this.addSql(`create index "group_members_user_id_index" on "group_members" ("user_id");`);

    this.addSql(`create table "group_invitations" ("id" uuid not null default gen_random_uuid(), "group_id" uuid not null, "email" text not null, "role" text not null, "token_hash" text not null, "expires_at" timestamptz(3) not null, "created_at" timestamptz(3) not null default current_timestamp(3), primary key ("id"));`);
    this.addSql(`alter table "group_invitations" add constraint "group_invitations_token_hash_unique" unique ("token_hash");`);
    this.addSql(`create index "group_invitations_expires_at_index" on "group_invitations" ("expires_at");`);
    this.addSql(`alter table "group_invitations" add constraint "group_invitations_group_id_email_unique" unique ("group_id", "email");`);

    this.addSql(`alter table "bookings" add "group_id" uuid null, add "grouped_by" text null, add "group_rule_id" uuid null;`);
    this.addSql(`alter table "bookings" add constraint "bookings_group_id_foreign" foreign key ("group_id") references "groups" ("id") on delete set null;`);
    this.addSql(`alter table "bookings" add constraint "bookings_group_rule_id_foreign" foreign key ("group_rule_id") references "group_rules" ("id") on delete set null;`);
    this.addSql(`create index "bookings_group_id_index" on "bookings" ("group_id", "starts_at", "id") where group_id is not null;`);
    this.addSql(`create index "bookings_group_rule_id_index" on "bookings" ("group_rule_id") where group_rule_id is not null;`);
    this.addSql(`alter table "bookings" add constraint "bookings_grouped_by_check" check (grouped_by in ('hand', 'rule'));`);

    this.addSql(`alter table "groups" add constraint "groups_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);

    this.addSql(`alter table "group_rules" add constraint "group_rules_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "group_rules" add constraint "group_rules_group_id_foreign" foreign key ("group_id") references "groups" ("id") on delete cascade;`);
    this.addSql(`alter table "group_rules" add constraint "group_rules_says_something" check (num_nonnulls(studio, weekday, starts_from, starts_to, name_contains) > 0);`);
    this.addSql(`alter table "group_rules" add constraint "group_rules_weekday_check" check (weekday in (0, 1, 2, 3, 4, 5, 6));`);

    this.addSql(`alter table "group_members" add constraint "group_members_group_id_foreign" foreign key ("group_id") references "groups" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "group_members" add constraint "group_members_user_id_foreign" foreign key ("user_id") references "users" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "group_members" add constraint "group_members_role_check" check (role in ('editor', 'viewer'));`);

    this.addSql(`alter table "group_invitations" add constraint "group_invitations_group_id_foreign" foreign key ("group_id") references "groups" ("id") on delete cascade;`);
    this.addSql(`alter table "group_invitations" add constraint "group_invitations_role_check" check (role in ('editor', 'viewer'));`);
  }
}
