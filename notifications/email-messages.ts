/** The mails of the service about an account, as plain text. Secrets stand in the fragment of a link, which no server ever sees. */
export interface EmailMessage {
  to: string;
  subject: string;
  text: string;
  html?: string;
  /** Without it each is a message of its own. */
  messageId?: string;
  headers?: Record<string, string>;
  attachments?: { filename: string; contentType: string; content: string }[];
}

interface Linked {
  to: string;
  /** Without a trailing slash. */
  publicUrl: string;
}

/** The page reads the token from its address after the `#`. */
export function passwordResetMessage({ to, publicUrl, token }: Linked & { token: string }): EmailMessage {
  return message(to, 'Choose a new password', [
    'Someone, most likely you, asked to reset the password of your gibney-sync account. Choose a new one here within an hour:',
    `${publicUrl}/reset-password#${token}`,
    'The link works once. If it was not you, do nothing: your password stays as it is.',
  ]);
}

export function passwordChangedMessage({ to, publicUrl }: Linked): EmailMessage {
  return message(to, 'Your password was changed', [
    'The password of your gibney-sync account was changed, and other devices were signed out. API keys keep working.',
    'If it was not you, choose a new password at once, then look through your API keys and calendar addresses:',
    `${publicUrl}/forgot-password`,
  ]);
}

const twoFactorChanges = {
  on: 'Signing in to your gibney-sync account now asks for a code of your authenticator app too.',
  off: 'Signing in to your gibney-sync account no longer asks for a code of your authenticator app.',
  new_codes: 'Your gibney-sync account has new recovery codes. The ones before no longer work.',
};

export function twoFactorChangedMessage({
  to,
  publicUrl,
  change,
}: Linked & { change: keyof typeof twoFactorChanges }): EmailMessage {
  return message(to, 'Your two-factor sign-in was changed', [
    twoFactorChanges[change],
    'If it was not you, choose a new password at once, then look through your devices and API keys:',
    `${publicUrl}/forgot-password`,
  ]);
}

/** Goes to the person who registered. The page reads the token from its address after the `#`. */
export function emailVerificationMessage({ to, publicUrl, token }: Linked & { token: string }): EmailMessage {
  return message(to, 'Confirm your e-mail address', [
    'Someone, most likely you, created a gibney-sync account with this address. Confirm within an hour that it is yours:',
    `${publicUrl}/confirm-email#${token}`,
    'If it was not you, do nothing.',
  ]);
}

/** Goes to the new address. The page reads the token from its address after the `#`. */
export function emailConfirmationMessage({ to, publicUrl, token }: Linked & { token: string }): EmailMessage {
  return message(to, 'Confirm your new e-mail address', [
    'Confirm within an hour that you want to use this address for your gibney-sync account:',
    `${publicUrl}/confirm-email#${token}`,
    'If you do not know what this is about, do nothing.',
  ]);
}

/** Goes to the old address. */
export function emailChangedMessage({ to, publicUrl }: Linked): EmailMessage {
  return message(to, 'Your e-mail address was changed', [
    'Your gibney-sync account now has a different e-mail address, so this is the last message to this one.',
    'If it was not you, contact whoever runs this service at once:',
    publicUrl,
  ]);
}

/** The page reads the token from its address after the `#`. */
export function groupInvitationMessage({
  to,
  publicUrl,
  token,
  ownerName,
  groupName,
}: Linked & { token: string; ownerName: string; groupName: string }): EmailMessage {
  return message(to, `${ownerName} shares studio rentals with you`, [
    `${ownerName} invites you to see the studio rentals of the group “${groupName}” in gibney-sync: on a page of yours, and with a notice when one changes.`,
    `${publicUrl}/invitation#${token}`,
    `You need a gibney-sync account with the address ${to}, and no account at Gibney. The link works for two weeks, once.`,
    'If you do not know who this is, do nothing.',
  ]);
}

interface AboutTarget extends Linked {
  address: string;
  /** The last thing that went wrong. */
  last: { event: string; error: string } | null;
}

function told({ address, last }: AboutTarget): string {
  return [address, ...(last ? [`${last.event}: ${last.error}`] : [])].join('\n');
}

export function targetFailingMessage(about: AboutTarget & { warning: number }): EmailMessage {
  return message(about.to, 'Your webhook takes nothing', [
    `For some time now, this webhook has taken nothing of what we sent. ${about.warning}% of the tries are used up; after the last one it is turned off.`,
    told(about),
    'See what it answered, and try it again:',
    `${about.publicUrl}/settings/webhooks`,
  ]);
}

export function targetDisabledMessage(about: AboutTarget): EmailMessage {
  return message(about.to, 'Your webhook is turned off', [
    'This webhook took nothing for three days, or said that it is gone for good. It is turned off, and nothing more is sent there.',
    told(about),
    'Once it works again, turn it on, and have everything sent that it missed:',
    `${about.publicUrl}/settings/webhooks`,
  ]);
}

function message(to: string, subject: string, paragraphs: string[]): EmailMessage {
  return { to, subject, text: `${paragraphs.join('\n\n')}\n` };
}
