import { Migration } from '@mikro-orm/migrations';

/**
 * Sessions and passwords in tables of our own; the sign-in library that wrote `auth.session` and `auth.account` is gone.
 * While the version before this one still serves, triggers carry over what it writes, and take from it the sessions and
 * passwords that end here.
 */
export class Migration20261127100000_own_sessions extends Migration {
  override name = 'Migration20261127100000_own_sessions';

  override up(): void {
    this.addSql(`alter table "users" add column "password_hash" text null;`);
    this.addSql(
      `update "users" set "password_hash" = account."password" from "auth"."account" account where account."userId" = "users"."id" and account."providerId" = 'credential';`,
    );
    this.addSql(
      `create table "auth"."sessions" ("id" uuid not null default gen_random_uuid(), "user_id" uuid not null, "token_hash" text not null, "ip_address" text null, "user_agent" text null, "created_at" timestamptz(3) not null default current_timestamp(3), "last_used_at" timestamptz(3) not null default current_timestamp(3), "expires_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "auth"."sessions" add constraint "sessions_token_hash_unique" unique ("token_hash"), add constraint "sessions_user_id_foreign" foreign key ("user_id") references "public"."users" ("id") on delete cascade;`,
    );
    this.addSql(`create index "sessions_user_id_index" on "auth"."sessions" ("user_id");`);
    this.addSql(`create index "sessions_expires_at_index" on "auth"."sessions" ("expires_at");`);
    this.addSql(
      `insert into "auth"."sessions" ("id", "user_id", "token_hash", "ip_address", "user_agent", "created_at", "last_used_at", "expires_at") select "id", "userId", encode(sha256(convert_to("token", 'UTF8')), 'hex'), "ipAddress", "userAgent", "createdAt", "updatedAt", least("expiresAt", "createdAt" + interval '90 days') from "auth"."session";`,
    );
    this.tellOfEnds();
    this.carryOver();
  }

  /** Every web process hears when a session or key ends or its time changes, and when a user's address does. */
  private tellOfEnds(): void {
    const tell = `for each row execute function "auth"."tell_session_ended"()`;
    this.addSql(`create trigger "sessions_ended" after delete on "auth"."sessions" ${tell};`);
    this.addSql(`create trigger "sessions_shortened" after update of "expires_at" on "auth"."sessions" for each row when (new."expires_at" < old."expires_at") execute function "auth"."tell_session_ended"();`);
    this.addSql(
      `create trigger "api_keys_changed" after update of "expires_at", "scopes" on "auth"."api_keys" ${tell};`,
    );
    this.addSql(`create trigger "users_email_changed" after update of "email" on "users" for each row when (new."email" <> old."email") execute function "auth"."tell_session_ended"();`);
  }

  private carryOver(): void {
    this.addSql(
      `create function "auth"."carry_over_session"() returns trigger language plpgsql as $$ begin
        if tg_op = 'DELETE' then
          delete from auth.sessions where id = old.id;
        else
          insert into auth.sessions (id, user_id, token_hash, ip_address, user_agent, created_at, last_used_at, expires_at)
          values (new.id, new."userId", encode(sha256(convert_to(new.token, 'UTF8')), 'hex'), new."ipAddress",
            new."userAgent", new."createdAt", new."updatedAt", least(new."expiresAt", new."createdAt" + interval '90 days'))
          on conflict (id) do update set last_used_at = excluded.last_used_at, expires_at = excluded.expires_at;
        end if;
        return null;
      end $$;`,
    );
    this.addSql(
      `create trigger "session_carried_over" after insert or update or delete on "auth"."session" for each row execute function "auth"."carry_over_session"();`,
    );
    this.addSql(
      `create function "auth"."end_former_session"() returns trigger language plpgsql as $$ begin
        delete from auth.session where id = old.id;
        return null;
      end $$;`,
    );
    this.addSql(
      `create trigger "sessions_end_former" after delete on "auth"."sessions" for each row execute function "auth"."end_former_session"();`,
    );
    this.addSql(
      `create function "auth"."carry_over_password"() returns trigger language plpgsql as $$ begin
        update public.users set password_hash = new.password
        where id = new."userId" and new."providerId" = 'credential' and password_hash is distinct from new.password;
        return null;
      end $$;`,
    );
    this.addSql(
      `create trigger "account_carried_over" after insert or update on "auth"."account" for each row execute function "auth"."carry_over_password"();`,
    );
    this.addSql(
      `create function "auth"."keep_former_password"() returns trigger language plpgsql as $$ begin
        insert into auth.account ("accountId", "providerId", "userId", password)
        values (new.id::text, 'credential', new.id, new.password_hash)
        on conflict ("providerId", "accountId") do update set password = excluded.password
        where account.password is distinct from excluded.password;
        return null;
      end $$;`,
    );
    this.addSql(
      `create trigger "users_keep_former_password" after insert or update of "password_hash" on "users" for each row when (new."password_hash" is not null) execute function "auth"."keep_former_password"();`,
    );
  }
}
