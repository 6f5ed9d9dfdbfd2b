/** Why a calendar does not take the rentals: one table decides what happens then and what the person reads. */

interface CalendarFailure {
  /** Only the person can mend it. All others are tried again until they pass. */
  needsYou: boolean;
  /** Some servers say it of a passing trouble of their own, so it is tried a few times more: `triesAfterMs`. */
  mayPass?: boolean;
  /** Nothing can be removed there either. */
  shutsOut?: boolean;
  message: string;
}

export const calendarFailures = {
  credentials_refused: {
    needsYou: true,
    mayPass: true,
    shutsOut: true,
    message: 'Your calendar did not accept the app password. Make a new one there and enter it here.',
  },
  access_revoked: {
    needsYou: true,
    shutsOut: true,
    message: 'Google no longer lets us write there: the access was taken back, or has run out. Allow it again.',
  },
  not_allowed: {
    needsYou: true,
    mayPass: true,
    shutsOut: true,
    message: 'Your calendar does not let us write there. Choose one of your own, or allow it there.',
  },
  calendar_gone: { needsYou: true, message: 'The calendar is no longer there. Disconnect it and choose another one.' },
  calendar_full: { needsYou: true, mayPass: true, message: 'Your calendar account has no space left.' },
  given_up: { needsYou: true, message: 'Your calendar has not answered for a week. Try again when it works.' },
  rate_limited: { needsYou: false, message: 'Your calendar asks us to wait. We go on by ourselves.' },
  server_unavailable: { needsYou: false, message: 'Your calendar does not answer right now. We keep trying.' },
  bad_certificate: {
    needsYou: false,
    message: 'The certificate of your calendar server is not valid, so we send nothing there. We keep trying.',
  },
  redirected: {
    needsYou: false,
    message: 'Your calendar server sends us to another address, where we do not take your password. We keep trying.',
  },
  address_refused: {
    needsYou: true,
    shutsOut: true,
    message: 'We can reach calendars on the internet only, over https.',
  },
  not_a_calendar_server: {
    needsYou: true,
    shutsOut: true,
    message: 'There is no calendar server (CalDAV) at this address.',
  },
  internal: { needsYou: false, message: 'Something went wrong on our side. We keep trying.' },
} as const satisfies Record<string, CalendarFailure>;

export type CalendarFailureCode = keyof typeof calendarFailures;

export const shutsOut = (code: CalendarFailureCode): boolean => 'shutsOut' in calendarFailures[code];

export const mayPass = (code: CalendarFailureCode): boolean => 'mayPass' in calendarFailures[code];

/**
 * After the first refusal: 10 minutes, and 1 and 6 hours more. Nextcloud refuses every password while its directory restarts;
 * and each try with a wrong one brings an account closer to being locked.
 */
export const triesAfterMs = [10, 70, 430].map((minutes) => minutes * 60_000);

export const failingCalendarGivenUpMs = 7 * 86_400_000;
