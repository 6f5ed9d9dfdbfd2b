import { Migration } from '@mikro-orm/migrations';

/** A connected calendar may be Google's, where also one that keeps our events is left by the worker. */
export class Migration20261130001500_google_calendars extends Migration {
  override name = 'Migration20261130001500_google_calendars';

  override up(): void {
    this.addSql(`alter table "calendar_connections" drop constraint "calendar_connections_kind_check";`);
    this.addSql(`alter table "calendar_connections" add column "keeps_events" boolean not null default false;`);
    this.addSql(`alter table "calendar_connections" add constraint "calendar_connections_kind_check" check (kind in ('caldav', 'google'));`);
  }
}
