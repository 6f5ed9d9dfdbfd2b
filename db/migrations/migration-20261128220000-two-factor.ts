import { Migration } from '@mikro-orm/migrations';

/** Codes of an authenticator app beside the password, for who wants them. */
export class Migration20261128220000_two_factor extends Migration {
  override name = 'Migration20261128220000_two_factor';

  override up(): void {
    this.addSql(
      `create table "auth"."two_factor" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "secret_sealed" text not null, "created_at" timestamptz(3) not null default current_timestamp(3), "enabled_at" timestamptz(3) null, "last_step" int null, "recovery_hashes" text[] not null default '{}', primary key ("id"));`,
    );
    this.addSql(
      `alter table "auth"."two_factor" add constraint "two_factor_user_id_unique" unique ("user_id"), add constraint "two_factor_user_id_foreign" foreign key ("user_id") references "public"."users" ("id") on delete cascade;`,
    );
  }
}
