/** `gibney-sync costs`, in a process of its own. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { json, standIn, type StandIn } from '../client/stand-in.ts';

const exec = promisify(execFile);

async function run({ url }: StandIn, ...args: string[]) {
  const env = { PATH: process.env.PATH!, HOME: '/dev/null', GIBNEY_SYNC_URL: url, GIBNEY_SYNC_KEY: 'gsk_x' };
  return exec(process.execPath, [inProject('scripts', 'gibney-sync.js'), 'costs', ...args], { env });
}

const sum = (cents: number, values = {}) => ({
  rentals: 1,
  minutes: 90,
  cents,
  unpriced: 0,
  refund_cents: 0,
  ...values,
});
const sums = {
  confirmed: sum(123_456, { unpriced: 2 }),
  pending: sum(1_000),
  canceled: sum(0, { refund_cents: 4_010 }),
  cents_per_hour: 2_500,
};
const costs = { from: '2026-01-01', to: '2026-12-31', total: sums, months: [{ month: '2026-03', ...sums }] };

it('prints the months and their total, what has no price, and the refund to expect', async () => {
  await using server = await standIn({ 'GET /api/v1/user/costs': [json(costs)] });
  const { stdout } = await run(server, '--year', '2026');
  expect(stdout).toMatch(/March 2026 +1 +1\.5 h +\$1,234\.56 +\$10\.00\nTotal +1 +1\.5 h +\$1,234\.56/);
  expect(stdout).toContain('$25.00 an hour');
  expect(stdout).toContain('2 rentals have no price at Gibney');
  expect(stdout).toContain('$40.10 to expect back of 1 rental canceled or gone');
});

it('names what is still charged for canceled rentals, and what is to pay in all', async () => {
  const charged = { ...sums, canceled: sum(2_500, { charged_cents: 2_500 }), to_pay_cents: 125_956 };
  await using server = await standIn({ 'GET /api/v1/user/costs': [json({ ...costs, total: charged })] });
  const { stdout } = await run(server, '--year', '2026');
  expect(stdout).toContain('Still charged for canceled rentals: $25.00\nTo pay in all: $1,259.56');
});

it('knows a group by its name, and prints what each group and payer costs', async () => {
  const winter = { group_id: '00000000-0000-4000-8000-000000000001', group_name: 'Winter', payer: 'Fund' };
  await using server = await standIn({
    'GET /api/v1/groups': [json({ groups: [{ id: winter.group_id, name: 'Winter', role: 'owner' }] })],
    'GET /api/v1/user/costs': [
      json({ ...costs, groups: [{ ...winter, ...sums }], payers: [{ payer: 'Fund', ...sums }] }),
    ],
  });
  const { stdout } = await run(server, '--group', 'winter');
  expect(server.calls.at(-1)!.path).toContain(`group=${winter.group_id}`);
  expect(stdout).toMatch(/^GROUP .*\nWinter +1 +1\.5 h +\$1,234\.56/m);
  expect(stdout).toMatch(/^PAYER .*\nFund +1 +1\.5 h +\$1,234\.56/m);
  await expect(run(server, '--group', 'summer')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('You have no group summer. Yours: Winter.') as string,
  });
});

it('writes a statement byte by byte', async () => {
  const bytes = Buffer.from([0x25, 0x50, 0x44, 0x46, 0xff, 0x00, 0x80]);
  await using server = await standIn({
    'GET /api/v1/user/costs/statement': [
      (response) => response.writeHead(200, { 'content-type': 'application/pdf' }).end(bytes),
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'gibney-sync-costs-'));
  try {
    await run(server, '--pdf', join(folder, 'statement.pdf'));
    expect(await readFile(join(folder, 'statement.pdf'))).toEqual(bytes);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('refuses a year that is none', async () => {
  await using server = await standIn({});
  for (const year of ['0', '26', '20266'])
    await expect(run(server, '--year', year)).rejects.toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining('Give a whole number from 1970 to 9999.') as string },
    });
  expect(server.calls).toEqual([]);
});
