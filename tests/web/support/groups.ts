/** A group with a rental, a rule, an invitation and members, and one who was removed from it. */
import { randomUUID } from 'node:crypto';
import type { App, TestUser } from './app.ts';
import { seedRows } from './rows.ts';

export const callers = ['owner', 'editor', 'viewer', 'stranger', 'removed'] as const;
export type Caller = (typeof callers)[number];

export interface SeededGroup {
  id: string;
  name: string;
  ruleId: string;
  invitationId: string;
  bookingId: string;
  bookingName: string;
  /** Of the owner, and in no group. */
  otherBookingId: string;
}

export interface GroupPeople extends Record<Caller, TestUser> {
  /** Another one each time, with a rental of its own. */
  makeGroup(): Promise<SeededGroup>;
}

export async function groupPeople(app: App): Promise<GroupPeople> {
  const people = {} as Record<Caller, TestUser>;
  for (const caller of callers) people[caller] = await app.newUser();
  const { owner } = people;
  const one = async (statement: string, values: unknown[]) =>
    (await app.database.query<{ id: string }>(statement, values)).rows[0]!.id;

  async function rental(name: string): Promise<string> {
    return one(
      `insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, price_cents,
         record_url, first_seen_at, last_seen_at, updated_at)
       values ($1, $2, $3, now() + interval '1 day', now() + interval '25 hours', 'Studio A', '280 Broadway', 'Approved',
         123456, 'https://example.com/r', now(), now(), now()) returning id`,
      [owner.id, randomUUID(), name],
    );
  }

  async function makeGroup(): Promise<SeededGroup> {
    const name = `Troupe ${randomUUID()}`;
    const id = await one(`insert into groups (user_id, name, payer) values ($1, $2, 'The Arts Council') returning id`, [
      owner.id,
      name,
    ]);
    const ruleId = await one(
      `insert into group_rules (user_id, group_id, name_contains) values ($1, $2, 'Zugzwang') returning id`,
      [owner.id, id],
    );
    const invitationId = await one(
      `insert into group_invitations (group_id, email, role, token_hash, expires_at)
       values ($1, 'invited@example.test', 'viewer', $2, now() + interval '1 day') returning id`,
      [id, randomUUID()],
    );
    for (const role of ['editor', 'viewer', 'removed'] as const)
      await app.database.query(`insert into group_members (group_id, user_id, role) values ($1, $2, $3)`, [
        id,
        people[role].id,
        role === 'removed' ? 'editor' : role,
      ]);
    const path = `/api/v1/groups/${id}/members/${people.removed.id}`;
    await app.call('DELETE', path, { token: owner.token });
    const bookingName = `Rental ${randomUUID()}`;
    const bookingId = await rental(bookingName);
    await app.database.query(`update bookings set group_id = $2, grouped_by = 'hand' where id = $1`, [bookingId, id]);
    const otherBookingId = await rental(`Private ${randomUUID()}`);
    return { id, name, ruleId, invitationId, bookingId, bookingName, otherBookingId };
  }

  await seedRows(app.databaseUrl, people.stranger.id, 'Of the stranger');
  return { ...people, makeGroup };
}
