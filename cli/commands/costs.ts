/** `costs`. */
import { writeFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Costs } from '#client/contract/rest.ts';
import { priceText } from '#domain/money.ts';
import { chargedText, periodTitle, toPayText, unpricedText } from '#lib/costs/cost-words.ts';
import { hoursText, rentalsText } from '#lib/bookings/totals.ts';
import { monthLabel } from '#lib/time/days.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { bytesOf, printFile } from '../output/files.ts';
import { plain } from '../output/text.ts';
import type { Column } from '../output/table.ts';
import { Refusal } from '../refusal.ts';
import { addCommand, openSession } from '../session.ts';
import type { CommonOptions, Session, Shell } from '../session.ts';
import { jsonOption, wholeNumber } from './options.ts';

interface CostOptions extends CommonOptions {
  year?: number;
  from?: string;
  to?: string;
  group?: string;
  payer?: string;
  csv?: boolean;
  pdf?: string;
}

export function addCostCommand(program: Command, shell: Shell): void {
  addCommand(program, 'costs', 'What your rentals cost, by month, group and payer', [
    'costs --year 2026',
    'costs --from 2026-07-01 --to 2027-06-30',
    'costs --year 2026 --pdf statement.pdf',
    'costs --group "Winter company" --pdf grant.pdf',
    'costs --csv > statement.csv',
  ])
    .addOption(yearOption())
    .option('--from <day>', 'from this day on (in New York)')
    .option('--to <day>', 'up to the end of this day')
    .option('--group <name>', 'only rentals in this group of yours')
    .option('--payer <name>', 'only rentals that this payer pays')
    .addOption(jsonOption().conflicts(['csv', 'pdf']))
    .addOption(new Option('--csv', 'a statement as CSV: one line a rental').conflicts('pdf'))
    .option('--pdf <file>', 'a statement as PDF, into this file')
    .action(async (options: CostOptions) => costs(await openSession(shell, options), options));
}

async function costs(session: Session, options: CostOptions): Promise<void> {
  const { client, signal, environment, print } = session;
  const query = { ...periodOf(options), ...(await scopeOf(session, options)) };
  if (options.pdf || options.csv) return statement(session, options, query);
  const { data } = await client.rest.GET('/user/costs', { params: { query }, signal });
  if (options.json) return session.printJson(data);
  // A server of an earlier version says nothing of groups.
  const { from, to, months, groups = [], payers = [], total }: Partial<Costs> & Answered = data!;
  if (months.length === 0) return void environment.err.write(`No rentals in ${periodTitle(from, to)}.\n`);
  const show = (what: string, rows: Row[]) => print(table(rows, costColumns(what), session.style));
  const byMonth = months.map(({ month, ...sums }) => ({ label: monthLabel(`${month}-01`), ...sums }));
  show('MONTH', [...byMonth, { label: 'Total', ...total }]);
  const byGroup = groups.map(({ group_name: name, ...sums }) => ({ label: name ?? 'In no group', ...sums }));
  const byPayer = payers.map(({ payer, ...sums }) => ({ label: payer, ...sums }));
  if (byGroup.length > 0) show('GROUP', byGroup);
  if (byPayer.length > 0) show('PAYER', byPayer);
  const { confirmed, pending, canceled, cents_per_hour: hourly } = total;
  if (hourly !== null) print(`${priceText(hourly)} an hour`);
  const unpriced = unpricedText({ confirmed, pending });
  if (unpriced) print(unpriced);
  // A server of an earlier version says nothing of it.
  const charged: number | undefined = canceled.charged_cents;
  if (charged) {
    print(`${chargedText}: ${priceText(charged)}`);
    print(`${toPayText}: ${priceText(total.to_pay_cents)}`);
  }
  if (canceled.refund_cents > 0)
    print(`${priceText(canceled.refund_cents)} to expect back of ${rentalsText(canceled.rentals)} canceled or gone`);
}

const yearOption = () =>
  wholeNumber('--year <year>', 'of this year; the present one if left out', undefined, {
    least: 1970,
    most: 9999,
  }).conflicts(['from', 'to']);

function periodOf({ year, from, to }: CostOptions): { from?: string; to?: string } {
  if (year !== undefined) return { from: `${year}-01-01`, to: `${year}-12-31` };
  if (Boolean(from) !== Boolean(to)) throw new Refusal('Give both --from and --to, or neither.', exitCodes.usage);
  return from && to ? { from, to } : {};
}

type Answered = Pick<Costs, 'from' | 'to' | 'months' | 'total'>;

interface Scope {
  group?: string;
  payer?: string;
}

/** The API knows groups by their ids, people by their names. */
async function scopeOf({ client, signal }: Session, { group: name, payer }: CostOptions): Promise<Scope> {
  if (!name) return payer ? { payer } : {};
  const { data } = await client.rest.GET('/groups', { signal });
  const own = data!.groups.filter(({ role }) => role === 'owner');
  const found = own.find((one) => one.id === name || one.name.toLowerCase() === name.toLowerCase());
  if (!found)
    throw new Refusal(
      `You have no group ${name}.${own.length > 0 ? ` Yours: ${own.map((one) => plain(one.name)).join(', ')}.` : ''}`,
      exitCodes.usage,
    );
  return { group: found.id, ...(payer && { payer }) };
}

async function statement(
  { client, signal, environment }: Session,
  { pdf }: CostOptions,
  asked: Scope & { from?: string; to?: string },
): Promise<void> {
  const query = { ...asked, format: pdf ? ('pdf' as const) : ('csv' as const) };
  const { data } = await client.rest.GET('/user/costs/statement', {
    params: { query },
    parseAs: 'arrayBuffer',
    signal,
  });
  if (pdf) await writeFile(pdf, bytesOf(data));
  else printFile(environment, data);
}

type Row = Costs['total'] & { label: string };

export const costColumns = (what: string): Column<Row>[] => [
  { header: what, text: ({ label }) => label, least: 12 },
  { header: 'RENTALS', text: ({ confirmed }) => String(confirmed.rentals), align: 'right' },
  { header: 'HOURS', text: ({ confirmed }) => hoursText(confirmed.minutes), align: 'right' },
  { header: 'CONFIRMED', text: ({ confirmed }) => priceText(confirmed.cents), align: 'right' },
  { header: 'PENDING', text: ({ pending }) => (pending.rentals > 0 ? priceText(pending.cents) : ''), align: 'right' },
];
