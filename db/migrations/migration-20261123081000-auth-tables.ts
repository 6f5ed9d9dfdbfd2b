import { Migration } from '@mikro-orm/migrations';

/**
 * The tables of the sign-in library (its own column names, users are ours) and of the rate limits, in a schema apart:
 * MikroORM neither reads nor writes them.
 */
export class Migration20261123081000_auth_tables extends Migration {
  override name = 'Migration20261123081000_auth_tables';

  override up(): void {
    this.addSql(`create schema "auth";`);
    this.addSql(
      `create table "auth"."session" ("id" uuid not null default gen_random_uuid(), "token" text not null, "userId" uuid not null, "expiresAt" timestamptz not null, "createdAt" timestamptz not null default current_timestamp, "updatedAt" timestamptz not null default current_timestamp, "ipAddress" text null, "userAgent" text null, primary key ("id"), constraint "session_token_unique" unique ("token"), constraint "session_userId_foreign" foreign key ("userId") references "public"."users" ("id") on delete cascade);`,
    );
    this.addSql(`create index "session_userId_index" on "auth"."session" ("userId");`);
    this.addSql(`create index "session_expiresAt_index" on "auth"."session" ("expiresAt");`);
    this.addSql(
      `create table "auth"."account" ("id" uuid not null default gen_random_uuid(), "accountId" text not null, "providerId" text not null, "userId" uuid not null, "accessToken" text null, "refreshToken" text null, "idToken" text null, "accessTokenExpiresAt" timestamptz null, "refreshTokenExpiresAt" timestamptz null, "scope" text null, "password" text null, "createdAt" timestamptz not null default current_timestamp, "updatedAt" timestamptz not null default current_timestamp, primary key ("id"), constraint "account_providerId_accountId_unique" unique ("providerId", "accountId"), constraint "account_userId_foreign" foreign key ("userId") references "public"."users" ("id") on delete cascade);`,
    );
    this.addSql(`create index "account_userId_index" on "auth"."account" ("userId");`);
    this.addSql(
      `create table "auth"."verification" ("id" uuid not null default gen_random_uuid(), "identifier" text not null, "value" text not null, "expiresAt" timestamptz not null, "createdAt" timestamptz not null default current_timestamp, "updatedAt" timestamptz not null default current_timestamp, primary key ("id"));`,
    );
    this.addSql(`create index "verification_identifier_index" on "auth"."verification" ("identifier");`);
    this.addSql(
      `create table "auth"."rate_limits" ("key" varchar(255) not null, "points" integer not null default 0, "expire" bigint null, primary key ("key"));`,
    );
    this.addSql(`create index "rate_limits_expire_index" on "auth"."rate_limits" ("expire");`);
  }

  override down(): void {
    this.addSql(`drop schema "auth" cascade;`);
  }
}
