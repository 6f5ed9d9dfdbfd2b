/** `next`: one's own rentals, and those that others share. */
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addBookingCommands } from '#cli/commands/bookings.ts';
import { json, standIn } from '../client/stand-in.ts';
import { newPlace } from './environment.ts';

const times = { starts_at: '2030-11-26T23:00:00.000Z', ends_at: '2030-11-27T01:00:00.000Z' };
const place = { studio: 'Studio C', location: '280 Broadway', status: 'Approved', price_cents: 1_900 };
const own = { ...times, ...place, name: 'R-490015', record_url: 'https://portal.test/r', removed_at: null };
const shared = { ...times, ...place, studio: 'Studio E', name: 'R-1', group_name: 'Swan', owner_name: 'Ana' };

async function run(answers: Parameters<typeof standIn>[0], ...args: string[]) {
  await using server = await standIn(answers);
  const { environment, said } = newPlace({ url: server.url, key: 'gsk_x', isTerminal: false, colors: false });
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addBookingCommands(program, { environment, signal: new AbortController().signal });
  await program.parseAsync(['next', ...args], { from: 'user' });
  return said.join('');
}

const upcoming = (...bookings: object[]) => ({ 'GET /api/v1/user/bookings/upcoming': [json({ bookings })] });
const others = (...bookings: object[]) => ({ 'GET /api/v1/user/bookings/shared': [json({ bookings })] });

it('tells of what others share, also where nothing of one’s own is coming up', async () => {
  const alone = await run({ ...upcoming(), ...others(shared) });
  expect(alone).toContain('Ana shares (Swan): ');
  expect(alone).toContain('Studio E · 280 Broadway');
  expect(alone).not.toContain('No rental');
  const both = await run({ ...upcoming(own), ...others(shared) });
  expect(both.indexOf('R-490015')).toBeLessThan(both.indexOf('Ana shares'));
  expect(JSON.parse(await run({ ...upcoming(own), ...others(shared) }, '--json'))).toMatchObject({
    bookings: [{ name: 'R-490015' }],
    shared: [{ owner_name: 'Ana' }],
  });
});

it('says that nothing is coming up where there is nothing, also of a server that knows no sharing', async () => {
  expect(await run({ ...upcoming(), ...others() })).toBe('No rental is coming up.\n');
  expect(await run(upcoming())).toBe('No rental is coming up.\n');
});
