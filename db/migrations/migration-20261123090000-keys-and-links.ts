import { Migration } from '@mikro-orm/migrations';

/**
 * API keys and the links that are sent by mail, beside the sign-in library's tables. A session or a key that ends, in
 * whatever way, is told to every web process, so that open streams end with it.
 */
export class Migration20261123090000_keys_and_links extends Migration {
  override name = 'Migration20261123090000_keys_and_links';

  override up(): void {
    this.addSql(
      `create table "auth"."api_keys" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "name" text not null, "start" text not null, "key_hash" text not null, "scopes" text[] not null, "created_at" timestamptz(3) not null default current_timestamp(3), "last_used_at" timestamptz(3) null, "expires_at" timestamptz(3) null, primary key ("id"), constraint "api_keys_key_hash_unique" unique ("key_hash"), constraint "api_keys_user_id_foreign" foreign key ("user_id") references "public"."users" ("id") on delete cascade);`,
    );
    this.addSql(`create index "api_keys_user_id_index" on "auth"."api_keys" ("user_id", "created_at");`);
    this.addSql(
      `create table "auth"."mailed_links" ("token_hash" text not null, "user_id" uuid not null, "purpose" text not null, "new_email" text null, "expires_at" timestamptz(3) not null, primary key ("token_hash"), constraint "mailed_links_purpose_check" check (purpose in ('reset_password', 'change_email')), constraint "mailed_links_user_id_foreign" foreign key ("user_id") references "public"."users" ("id") on delete cascade);`,
    );
    this.addSql(`create index "mailed_links_user_id_index" on "auth"."mailed_links" ("user_id", "purpose");`);
    this.addSql(`create index "mailed_links_expires_at_index" on "auth"."mailed_links" ("expires_at");`);
    this.addSql(
      `create function "auth"."tell_session_ended"() returns trigger language plpgsql as $$ begin perform pg_notify('session_ended', old.id::text); return null; end $$;`,
    );
    for (const table of ['session', 'api_keys']) {
      this.addSql(
        `create trigger "${table}_ended" after delete on "auth"."${table}" for each row execute function "auth"."tell_session_ended"();`,
      );
    }
  }
}
