/** Calendars that we know by name, and to which hosts a password may go. */

export interface CalendarPreset {
  id: 'icloud' | 'fastmail' | 'nextcloud' | 'other';
  name: string;
  /** Null where it differs from person to person. */
  url: string | null;
  /** Hosts that belong to the same service as its address. */
  hosts: RegExp | null;
  help: string;
  /** Where an app password is made. */
  passwords: string | null;
}

export const calendarPresets: readonly CalendarPreset[] = [
  {
    id: 'icloud',
    name: 'iCloud',
    url: 'https://caldav.icloud.com/',
    hosts: /^(p\d+-)?caldav\.icloud\.com$/,
    help: 'Your Apple ID, and an app-specific password: Sign-In and Security, App-Specific Passwords.',
    passwords: 'https://account.apple.com/account/manage',
  },
  {
    id: 'fastmail',
    name: 'Fastmail',
    url: 'https://caldav.fastmail.com/',
    hosts: /^([a-z0-9-]+\.)*fastmail\.com$/,
    help: 'Your Fastmail address, and an app password with access to calendars (CalDAV).',
    passwords: 'https://app.fastmail.com/settings/security/apps',
  },
  {
    id: 'nextcloud',
    name: 'Nextcloud',
    url: null,
    hosts: null,
    help: 'The address of your Nextcloud, your username there, and an app password: Settings, Security, Devices & sessions.',
    passwords: null,
  },
  {
    id: 'other',
    name: 'Another calendar (CalDAV)',
    url: null,
    hosts: null,
    help: 'The CalDAV address, which your provider’s help names. Prefer an app password where there are such.',
    passwords: null,
  },
];

/**
 * Whether the password for the address that the person gave may go to this one: the same host or one below it, or another
 * host of the same known service; never to another port, and never from https to http.
 */
export function mayHavePassword(given: URL, target: URL): boolean {
  const isSafer = given.protocol === 'http:' && target.protocol === 'https:' && target.port === '';
  if (!isSafer && (given.protocol !== target.protocol || given.port !== target.port)) return false;
  if (target.hostname === given.hostname || target.hostname.endsWith(`.${given.hostname}`)) return true;
  const isName = /[a-z]/.test(given.hostname);
  return isName && calendarPresets.some(({ hosts }) => hosts?.test(given.hostname) && hosts.test(target.hostname));
}
