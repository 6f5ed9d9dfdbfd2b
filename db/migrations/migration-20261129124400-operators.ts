import { Migration } from '@mikro-orm/migrations';

/** Who looks after the service, and what operators and API keys did. */
export class Migration20261129124400_operators extends Migration {
  override name = 'Migration20261129124400_operators';

  override up(): void {
    this.addSql(
      `create table "auth"."operators" ("user_id" uuid not null, "created_at" timestamptz(3) not null default current_timestamp(3), primary key ("user_id"));`,
    );
    this.addSql(
      `alter table "auth"."operators" add constraint "operators_user_id_foreign" foreign key ("user_id") references "users" ("id") on update cascade on delete cascade;`,
    );
    // Every web process forgets what it knows of the user's sessions.
    this.addSql(
      `create function "auth"."tell_operator_changed"() returns trigger language plpgsql as $$ begin perform pg_notify('session_ended', coalesce(new.user_id, old.user_id)::text); return null; end $$;`,
    );
    this.addSql(
      `create trigger "operators_changed" after insert or delete on "auth"."operators" for each row execute function "auth"."tell_operator_changed"();`,
    );

    this.addSql(
      `create table "audit_entries" ("id" bigserial primary key, "at" timestamptz(3) not null default current_timestamp(3), "actor" text not null, "actor_id" uuid null, "key_id" uuid null, "action" text not null, "subject_id" uuid null, "reason" text null, "outcome" text null, "request_id" uuid null);`,
    );
    this.addSql(`create index "audit_entries_actor_id_index" on "audit_entries" ("actor_id", "id");`);
    this.addSql(`create index "audit_entries_subject_id_index" on "audit_entries" ("subject_id", "id");`);
    this.addSql(`create index "audit_entries_keys_at_index" on "audit_entries" ("at") where actor = 'key';`);
    this.addSql(
      `alter table "audit_entries" add constraint "audit_entries_actor_check" check (actor in ('operator', 'key', 'console'));`,
    );
    this.addSql(
      `create function "keep_audit_entries"() returns trigger language plpgsql as $$ begin
        if tg_op = 'DELETE' and old.actor = 'key' and old.at < now() - interval '12 hours' then return old; end if;
        raise exception 'the audit log is only added to';
      end $$;`,
    );
    this.addSql(
      `create trigger "audit_entries_kept" before update or delete on "audit_entries" for each row execute function "keep_audit_entries"();`,
    );
    this.addSql(
      `create function "keep_audit_log"() returns trigger language plpgsql as $$ begin raise exception 'the audit log is only added to'; end $$;`,
    );
    this.addSql(
      `create trigger "audit_log_kept" before truncate on "audit_entries" for each statement execute function "keep_audit_log"();`,
    );
  }
}
