import { Migration } from '@mikro-orm/migrations';

/** Programs that wait for their user to confirm a code in a browser. */
export class Migration20261129100000_device_logins extends Migration {
  override name = 'Migration20261129100000_device_logins';

  override up(): void {
    this.addSql(
      `create table "auth"."device_logins" ("device_hash" text not null, "user_hash" text not null, "client_name" text not null, "scopes" text[] not null, "ip_address" text null, "user_id" uuid null, "state" text not null default 'pending', "created_at" timestamptz(3) not null default current_timestamp(3), "polled_at" timestamptz(3) null, "expires_at" timestamptz(3) not null, primary key ("device_hash"));`,
    );
    this.addSql(`alter table "auth"."device_logins" add constraint "device_logins_user_hash_unique" unique ("user_hash");`);
    this.addSql(`create index "device_logins_user_id_index" on "auth"."device_logins" ("user_id");`);
    this.addSql(`create index "device_logins_expires_at_index" on "auth"."device_logins" ("expires_at");`);
    this.addSql(
      `alter table "auth"."device_logins" add constraint "device_logins_user_id_foreign" foreign key ("user_id") references "public"."users" ("id") on delete cascade, add constraint "device_logins_state_check" check (state in ('pending', 'approved', 'denied'));`,
    );
  }
}
