/** `gibney-sync bookings` as files, byte by byte. */
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addBookingCommands } from '#cli/commands/bookings.ts';
import { addCostCommand } from '#cli/commands/costs.ts';
import { standIn } from '../client/stand-in.ts';
import { newPlace } from './environment.ts';

const file = Buffer.from('\uFEFFRental,Price\r\nPlié 練習,19.00\r\n');

it.each([
  ['bookings', '/api/v1/user/bookings/export'],
  ['costs', '/api/v1/user/costs/statement'],
])('%s --csv keeps the mark by which spreadsheets know UTF-8', async (command, path) => {
  await using server = await standIn({
    [`GET ${path}`]: [(response) => response.writeHead(200, { 'content-type': 'text/csv' }).end(file)],
  });
  const { environment, said } = newPlace({ url: server.url, key: 'gsk_x', isTerminal: false, colors: false });
  const program = new Command().exitOverride();
  const shell = { environment, signal: new AbortController().signal };
  addBookingCommands(program, shell);
  addCostCommand(program, shell);
  await program.parseAsync([command, '--csv'], { from: 'user' });
  expect(Buffer.concat(said.map((one) => Buffer.from(one)))).toEqual(file);
});
