/** What became of a visit to Google, in words. The address of the calendar page carries the key and nothing else. */

interface GoogleMessage {
  text: string;
  isGood?: boolean;
}

const again = 'Nothing was stored. Connect once more if you want to.';

export const googleMessages = {
  connected: { text: 'Google Calendar is connected. Your rentals are on their way.', isGood: true },
  allowed: { text: 'We may write into your Google Calendar again. Your rentals follow now.', isGood: true },
  denied: { text: `You did not allow it at Google. ${again}` },
  scope_missing: {
    text: 'Google asked whether we may make a calendar of our own and write there, and that was left out. Nothing was stored. Connect once more and leave it ticked.',
  },
  no_refresh_token: { text: `Google let us in once, but not for later. ${again}` },
  mismatch: { text: `The answer from Google does not belong to what this browser asked, or came too late. ${again}` },
  code_used: {
    text: 'This answer from Google was used already, or is too old. Connect once more if your calendar is not here.',
  },
  signed_out: { text: `You were signed out meanwhile. ${again}` },
  connected_already: { text: 'A Google Calendar is connected already. Disconnect it first to use another account.' },
  removing: { text: 'Your Google Calendar is still being disconnected. Try again in a minute.' },
  too_many: { text: 'You have as many calendars connected as there can be. Disconnect one that you no longer use.' },
  other_account: {
    text: 'That Google account does not have the calendar that we wrote to. Choose the account that does, or disconnect here and connect anew.',
  },
  calendar_gone: {
    text: 'The calendar that we wrote to is not in that Google account: it was deleted there, or belongs to another one. Choose the account that has it, or disconnect here, leaving the rentals, and connect anew.',
  },
  not_allowed: { text: 'Google does not let us make a calendar in this account. Nothing was stored.' },
  busy: { text: 'That was tried too often. Wait a few minutes and connect once more.' },
  unavailable: { text: 'Google does not answer right now. Nothing was stored. Try again in a few minutes.' },
  failed: {
    text: 'Google did not accept us, which is for us to mend, not for you. Nothing was stored. Try again later.',
  },
} as const satisfies Record<string, GoogleMessage>;

export type GoogleOutcome = keyof typeof googleMessages;

export function googleMessage(outcome: string | null): GoogleMessage | null {
  return outcome !== null && Object.hasOwn(googleMessages, outcome) ? googleMessages[outcome as GoogleOutcome] : null;
}
