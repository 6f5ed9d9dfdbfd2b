/** The mails of the service, as plain text. Secrets stand in the fragment of a link, which no server ever sees. */
export interface EmailMessage {
  to: string;
  subject: string;
  text: string;
}

interface Linked {
  to: string;
  /** Without a trailing slash. */
  publicUrl: string;
}

/** The page reads the token from its address after the `#`. */
export function passwordResetMessage({ to, publicUrl, token }: Linked & { token: string }): EmailMessage {
  return message(to, 'Choose a new password', [
    'Somebody, most likely you, asked for a new password for your gibney-sync account. Choose one here, within an hour:',
    `${publicUrl}/reset-password#${token}`,
    'The link works once. If it was not you, do nothing: your password stays as it is.',
  ]);
}

export function passwordChangedMessage({ to, publicUrl }: Linked): EmailMessage {
  return message(to, 'Your password was changed', [
    'The password of your gibney-sync account was changed, and other devices were signed out. API keys go on working.',
    'If it was not you, choose a new password at once, then look through your API keys and calendar addresses:',
    `${publicUrl}/forgot-password`,
  ]);
}

/** Goes to who registered. The page reads the token from its address after the `#`. */
export function emailVerificationMessage({ to, publicUrl, token }: Linked & { token: string }): EmailMessage {
  return message(to, 'Confirm your e-mail address', [
    'Somebody, most likely you, made a gibney-sync account with this address. Confirm that it is yours, within an hour:',
    `${publicUrl}/confirm-email#${token}`,
    'If it was not you, do nothing.',
  ]);
}

/** Goes to the new address. The page reads the token from its address after the `#`. */
export function emailConfirmationMessage({ to, publicUrl, token }: Linked & { token: string }): EmailMessage {
  return message(to, 'Confirm your new e-mail address', [
    'Confirm that this address is to be the one of your gibney-sync account, within an hour:',
    `${publicUrl}/confirm-email#${token}`,
    'If you do not know what this is about, do nothing.',
  ]);
}

/** Goes to the old address. */
export function emailChangedMessage({ to, publicUrl }: Linked): EmailMessage {
  return message(to, 'Your e-mail address was changed', [
    'Your gibney-sync account has another e-mail address now, so this is the last mail to this one.',
    'If it was not you, write to whoever runs this service at once:',
    publicUrl,
  ]);
}

export function pausingSoonMessage({ to, publicUrl }: Linked): EmailMessage {
  return message(to, 'Your syncs have been failing for days', [
    'We have not been able to read your Gibney rentals for several days. Your bookings are kept as we last saw them.',
    'If this goes on we will stop trying by ourselves. See what is wrong, and try again:',
    `${publicUrl}/dashboard`,
  ]);
}

export function pausedMessage({ to, publicUrl }: Linked): EmailMessage {
  return message(to, 'Syncing is paused', [
    'We could not read your Gibney rentals for a week and stopped trying by ourselves. Your bookings are kept.',
    'Once Gibney works for you again, resume syncing here:',
    `${publicUrl}/dashboard`,
  ]);
}

function message(to: string, subject: string, paragraphs: string[]): EmailMessage {
  return { to, subject, text: `${paragraphs.join('\n\n')}\n` };
}
