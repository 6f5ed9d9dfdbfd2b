/** `bookings` and `next`. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Booking, paths } from '#client/contract/rest.ts';
import { errorOf } from '#client/errors.ts';
import { priceText } from '#domain/money.ts';
import { isGone } from '#domain/rental-status.ts';
import { untilText } from '#lib/time/spans.ts';
import { all, pagesOf } from '../pages.ts';
import { table } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import { dayText, hoursText, momentOf } from '../output/times.ts';
import { printFile } from '../output/files.ts';
import { plain } from '../output/text.ts';
import { addCommand, openSession } from '../session.ts';
import type { CommonOptions, Session, Shell } from '../session.ts';
import { jsonOption, limitOption } from './options.ts';

interface BookingOptions extends CommonOptions {
  from?: string;
  to?: string;
  status?: string;
  studio?: string;
  location?: string;
  search?: string;
  limit: number;
  all?: boolean;
  csv?: boolean;
  ics?: boolean;
}

export function addBookingCommands(program: Command, shell: Shell): void {
  addCommand(program, 'bookings', 'Your rentals, newest first', [
    'bookings --from 2026-11-01 --to 2026-11-30',
    'bookings --studio "Studio A" --status Approved',
    'bookings --csv > rentals.csv',
    'bookings --all --json | jq -r ".bookings[].name"',
  ])
    .option('--from <day>', 'from this day on (in New York), or from a moment in ISO 8601')
    .option('--to <day>', 'up to the end of this day, or up to a moment')
    .option('--status <status>', 'only with this status')
    .option('--studio <studio>', 'only in this studio')
    .option('--location <location>', 'only at this location')
    .option('--search <words>', 'only with these words')
    .addOption(limitOption(50))
    .option('--all', 'all of them')
    .addOption(jsonOption().conflicts(['csv', 'ics']))
    .addOption(new Option('--csv', 'as CSV, for spreadsheets; all that fit the filters').conflicts('ics'))
    .option('--ics', 'as a calendar file; all that fit the filters')
    .action(async (options: BookingOptions) => bookings(await openSession(shell, options), options));

  addCommand(program, 'next', 'Your next rental, and what others share with you', [
    'next',
    'next --limit 5',
    'next --json',
  ])
    .addOption(limitOption(1, 'how many, up to 100', 100))
    .addOption(jsonOption('as JSON, as the REST API gives it; what others share with you as `shared`'))
    .action(async (options: BookingOptions) => next(await openSession(shell, options), options));
}

function filtersOf({ from, to, status, studio, location, search }: BookingOptions) {
  const given = {
    from: from && momentOf(from, 'from'),
    to: to && momentOf(to, 'to'),
    status,
    studio,
    location,
    q: search,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as Partial<
    Record<keyof typeof given, string>
  >;
}

async function bookings({ client, signal, ...session }: Session, options: BookingOptions): Promise<void> {
  const filters = filtersOf(options);
  if (options.csv || options.ics) {
    const query = { ...filters, format: options.csv ? ('csv' as const) : ('ics' as const) };
    const params = { query };
    const { data } = await client.rest.GET('/user/bookings/export', { params, parseAs: 'arrayBuffer', signal });
    return printFile(session.environment, data);
  }
  let total = 0;
  const found = await all(
    pagesOf(options.all ? Infinity : options.limit, async (limit, cursor) => {
      const { data } = await client.rest.GET('/user/bookings', {
        params: { query: { ...filters, limit, cursor } },
        signal,
      });
      total = data!.total;
      return { rows: data!.bookings, next: data!.next_cursor };
    }),
  );
  if (options.json) return session.printJson({ bookings: found, total });
  if (found.length === 0) return session.environment.err.write('There are no such rentals.\n') as never;
  session.print(table(found, bookingColumns(Date.now()), session.style));
  if (found.length < total && session.environment.isTerminal)
    session.environment.err.write(`\n${found.length} of ${total}; --all shows the rest.\n`);
}

const wentAway = ({ starts_at: startsAt, removed_at: removedAt }: Booking) => isGone({ startsAt, removedAt });

/** What is over, canceled or gone is quiet. */
export function bookingColumns(now: number): Column<Booking>[] {
  const isQuiet = (row: Booking) => wentAway(row) || /^cancel/i.test(row.status) || Date.parse(row.ends_at) < now;
  const tone = (row: Booking) => (isQuiet(row) ? ('soft' as const) : null);
  return [
    { header: 'DAY', text: ({ starts_at }) => dayText(starts_at, now), tone },
    { header: 'NEW YORK TIME', text: ({ starts_at, ends_at }) => hoursText(starts_at, ends_at), tone },
    { header: 'STUDIO', text: ({ studio }) => studio, least: 7, tone },
    {
      header: 'STATUS',
      text: (row) => (wentAway(row) ? 'no longer on Gibney' : row.status),
      least: 7,
      tone,
    },
    { header: 'PRICE', text: ({ price_cents }) => priceText(price_cents), align: 'right', tone },
    { header: 'NAME', text: ({ name }) => name, least: 4, tone },
    { header: 'LOCATION', text: ({ location }) => location, least: 4, tone },
  ];
}

type Shared =
  paths['/user/bookings/shared']['get']['responses'][200]['content']['application/json']['bookings'][number];

/** What others share in a group; nothing from a server of an earlier version. */
async function sharedNext({ client, signal }: Session, limit: number): Promise<Shared[]> {
  try {
    const { data } = await client.rest.GET('/user/bookings/shared', { params: { query: { limit } }, signal });
    return data!.bookings;
  } catch (thrown) {
    if (errorOf(thrown)?.kind === 'not_found') return [];
    throw thrown;
  }
}

async function next(session: Session, { limit, json }: BookingOptions): Promise<void> {
  const { client, print, printJson, signal } = session;
  const { data } = await client.rest.GET('/user/bookings/upcoming', { params: { query: { limit } }, signal });
  const shared = await sharedNext(session, limit);
  if (json) return printJson({ ...data, shared });
  const { bookings: found } = data!;
  if (found.length > 0) printNext(session, found, limit);
  else if (shared.length === 0) return void session.environment.err.write('No rental is coming up.\n');
  const now = Date.now();
  for (const { starts_at, ends_at, studio, location, group_name, owner_name } of shared) {
    const where = [studio, location].filter(Boolean).map(plain).join(' · ');
    print(
      `${plain(owner_name)} shares (${plain(group_name)}): ${dayText(starts_at, now)}, ${hoursText(starts_at, ends_at)}`,
    );
    print(`  ${where}`);
  }
}

function printNext({ print, style }: Session, found: Booking[], limit: number): void {
  const first = found[0]!;
  if (limit > 1) return print(table(found, bookingColumns(Date.now()), style));
  const now = Date.now();
  const when = Date.parse(first.starts_at) > now ? untilText(Date.parse(first.starts_at) - now) : 'now';
  print(`${dayText(first.starts_at, now)}, ${hoursText(first.starts_at, first.ends_at)} (${when})`);
  print(
    [first.studio, first.location, first.status, priceText(first.price_cents)].filter(Boolean).map(plain).join(' · '),
  );
  print(`${plain(first.name)}  ${plain(first.record_url)}`);
}
