/** `calendar`, `settings`, `whoami`, `logout`. */
import { Option, type Command } from 'commander';
import type { CalendarFeed, Settings, SettingsChange } from '#client/contract/rest.ts';
import { exitCodes } from '../exit-codes.ts';
import { deleteLogin, readLogin } from '../login-store.ts';
import { table } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import { plain } from '../output/text.ts';
import { Refusal } from '../refusal.ts';
import { addCommand, openSession, warnOfKey } from '../session.ts';
import type { CommonOptions, Session, Shell } from '../session.ts';
import { jsonOption, wholeNumber } from './options.ts';
import { errorOf } from '#client/errors.ts';

interface SettingsOptions extends CommonOptions {
  interval?: number;
  quiet?: string;
  timeZone?: string;
  closer?: 'on' | 'off';
}

export function addAccountCommands(program: Command, shell: Shell): void {
  addCommand(program, 'calendar', 'The addresses of your calendar feeds', ['calendar', 'calendar --json'])
    .addOption(jsonOption())
    .action(async (options: CommonOptions) => calendar(await openSession(shell, options), options));

  addCommand(program, 'settings', 'Show or change when syncs happen by themselves', [
    'settings',
    'settings --interval 60',
    'settings --quiet 23:00-07:00 --time-zone America/New_York',
    'settings --quiet none',
    'settings --closer on',
  ])
    .addOption(wholeNumber('--interval <minutes>', 'between two syncs, 30 to 1440'))
    .option('--quiet <from-to>', 'no automatic syncs between these times, or "none"')
    .option('--time-zone <zone>', 'of the quiet hours')
    .addOption(new Option('--closer <on-or-off>', 'every 30 minutes on the day before a rental').choices(['on', 'off']))
    .addOption(jsonOption())
    .action(async (options: SettingsOptions) => settings(await openSession(shell, options), options));

  addCommand(program, 'whoami', 'Who is signed in, and where', ['whoami'])
    .addOption(jsonOption())
    .action(async (options: CommonOptions) => whoami(await openSession(shell, options), options));

  addCommand(program, 'logout', 'Sign out, and revoke the key', ['logout']).action(async () => logout(shell));
}

async function calendar({ client, signal, print, printJson, style }: Session, { json }: CommonOptions): Promise<void> {
  const { data } = await client.rest.GET('/user/feeds', { signal });
  if (json) return printJson(data);
  const columns: Column<CalendarFeed>[] = [
    { header: 'CALENDAR', text: ({ name }) => name },
    { header: 'ADDRESS (whoever knows it can read the calendar)', text: ({ url }) => url },
  ];
  print(table(data!.feeds, columns, { ...style, width: Infinity }));
}

async function settings({ client, signal, print, printJson }: Session, options: SettingsOptions): Promise<void> {
  const body = changeOf(options);
  const { data } =
    Object.keys(body).length > 0
      ? await client.rest.PUT('/user/settings', { body, signal })
      : await client.rest.GET('/user/settings', { signal });
  if (options.json) printJson(data);
  else print(settingsLines(data!).join('\n'));
}

function changeOf({ interval, quiet, timeZone, closer }: SettingsOptions): SettingsChange {
  const hours = quiet === 'none' ? [null, null] : (/^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(quiet ?? '')?.slice(1) ?? null);
  if (quiet !== undefined && !hours) throw new Refusal('Give quiet hours as 23:00-07:00, or none.', exitCodes.usage);
  return {
    ...(interval !== undefined && { interval_minutes: interval }),
    ...(hours && { quiet_from: hours[0], quiet_to: hours[1] }),
    ...(timeZone !== undefined && { time_zone: timeZone }),
    ...(closer !== undefined && { closer_before_rentals: closer === 'on' }),
  };
}

function settingsLines({
  interval_minutes,
  quiet_from,
  quiet_to,
  time_zone,
  closer_before_rentals,
}: Settings): string[] {
  const quiet = quiet_from && quiet_to ? `${quiet_from} to ${quiet_to} (${time_zone})` : 'none';
  return [
    `Interval     ${interval_minutes} minutes`,
    `Closer       ${closer_before_rentals ? 'every 30 minutes on the day before a rental' : 'no'}`,
    `Quiet hours  ${quiet}`,
  ];
}

async function whoami({ client, signal, url, source, ...session }: Session, { json }: CommonOptions): Promise<void> {
  const { data } = await client.rest.GET('/user/profile', { signal });
  if (json) return session.printJson({ ...data, url, key_from: source });
  session.print(`${plain(data!.email)} at ${url}`);
  if (source === 'environment') session.environment.err.write('By the key in GIBNEY_SYNC_KEY.\n');
}

/** The key of the environment is not ours to revoke. */
async function logout(shell: Shell): Promise<void> {
  const { environment } = shell;
  warnOfKey(environment);
  const login = await readLogin(environment.loginPath);
  if (!login) throw new Refusal('You are not signed in.', exitCodes.signedOut);
  const stored = { ...shell, environment: { ...environment, key: null, url: login.url } };
  const { client, signal, print } = await openSession(stored, {});
  const revoked = await client.rest.DELETE('/auth/token', { signal }).then(
    () => null,
    (error: unknown) => errorOf(error) ?? (error as Error),
  );
  await deleteLogin(environment.loginPath);
  print(`Signed out of ${login.url}.`);
  if (revoked && !('kind' in revoked && revoked.kind === 'signed_out'))
    throw new Refusal(
      `The key could not be revoked: ${revoked.message} Revoke it in the settings.`,
      exitCodes.unexpected,
    );
}
