import { Migration } from '@mikro-orm/migrations';

/** Mail as a way to be told of events: when it may come, and what is sent in one message. */
export class Migration20261129131000_mail extends Migration {
  override name = 'Migration20261129131000_mail';

  override up(): void {
    this.addSql(
      `alter table "users" add column "digest_at" text null, add column "notify_quiet_from" text null, add column "notify_quiet_to" text null, add column "urgent_passes" boolean not null default true;`,
    );
    this.addSql(
      `create unique index "delivery_targets_mail_unique" on "delivery_targets" ("user_id") where channel = 'mail';`,
    );
    this.addSql(
      `alter table "deliveries" add column "bundle" uuid null, add column "sending_since" timestamptz(3) null;`,
    );
  }
}
