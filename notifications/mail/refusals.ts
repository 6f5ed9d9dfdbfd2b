/** What a mail server's refusal is about: the address, this mail, or only us. */
import type { Tried } from '#domain/deliveries.ts';
import { LostAnswerError } from '../mailer.ts';

/** As nodemailer throws it. */
interface SmtpError extends Error {
  code?: string;
  /** Where the server answered. */
  responseCode?: number;
  response?: string;
  /** The command that it answered, such as `RCPT TO`. */
  command?: string;
}

const keptCharacters = 500;

const failed = (error: string) => ({ outcome: 'failed', error }) as const;

export function refusalOf(thrown: unknown): Tried {
  if (thrown instanceof LostAnswerError)
    return {
      ...failed('The mail server had the mail and did not say whether it took it, so it may come twice.'),
      ...{ ours: true, unsure: true },
    };
  const { code, responseCode: status, response = '', command } = errorOf(thrown);
  if (code === 'EENVELOPE' && status === undefined)
    return { ...failed('The mail server of this service cannot write to such an address.'), ours: true, abort: true };
  if (status === undefined) return { ...failed('The mail server of this service could not be reached.'), ours: true };
  const said = { status, answer: response.slice(0, keptCharacters) };
  if (command !== 'RCPT TO' && command !== 'DATA')
    return { ...failed(`The mail server of this service refused it (${status}).`), ...said, ours: true };
  switch (aboutOf(status, response, command)) {
    case 'gone':
      return { ...failed(`The mail server refused the address for good (${status}).`), ...said, gone: true };
    case 'mailbox':
      return { ...failed(`The mail server does not take mail for the address at the moment (${status}).`), ...said };
    case 'mail':
      return { ...failed(`The mail server refused this mail (${status}).`), ...said, abort: true, ours: true };
    case 'us': {
      const alone = command === 'DATA' && status >= 500;
      return { ...failed(`The mail server of this service refused it (${status}).`), ...said, ours: true, alone };
    }
  }
}

/** The server could not be asked, or gave no answer. */
export function isUnanswered(thrown: unknown): boolean {
  const { code, responseCode } = errorOf(thrown);
  return responseCode === undefined && code !== 'EENVELOPE' && code !== 'EMESSAGE';
}

const errorOf = (thrown: unknown) => (thrown instanceof Error ? thrown : new Error()) as SmtpError;

/** Names somebody whom it does not know, as RFC 5321 words it and as servers do. */
const namesReceiver = /\b(user|mailbox|recipient|account|address)\b/i;

/** What makes such an answer one about us, or about now. */
const namesOther =
  /block|spam|relay|polic|reputation|blacklist|denylist|listed|denied|authenti|sender|\bfull\b|quota|disabled|suspended|limit|try again|temporar/i;

/** How Exchange Online says that nobody has the address: in the words of a policy, with a code of routing. */
const knowsNoReceiver = /^\d{3}[ -]5\.4\.1\b.*recipient address rejected/i;

/** Codes after RFC 3463: 5.1 is the address, but for 5.1.7 and 5.1.8, which are the sender's; 5.2 the mailbox; 5.7 is held against us. */
function aboutOf(status: number, response: string, command: 'RCPT TO' | 'DATA'): 'gone' | 'mailbox' | 'mail' | 'us' {
  if (status < 500) return command === 'RCPT TO' ? 'mailbox' : 'us';
  const enhanced = /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  if (enhanced?.startsWith('5.1.') && enhanced !== '5.1.7' && enhanced !== '5.1.8') return 'gone';
  if (enhanced?.startsWith('5.2.') && enhanced !== '5.2.3') return 'mailbox';
  if (command === 'DATA') return isHeldAgainstUs(status, enhanced) ? 'us' : 'mail';
  if (knowsNoReceiver.test(response)) return 'gone';
  // 5.0.0 and 5.5.0 say no more than the words after them.
  if (enhanced && enhanced !== '5.0.0' && enhanced !== '5.5.0') return 'us';
  if (status === 552) return 'mailbox';
  const isUnknown = [550, 551, 553].includes(status) && namesReceiver.test(response) && !namesOther.test(response);
  return isUnknown ? 'gone' : 'us';
}

/** The mail itself is refused for who sends it, as where our records are wrong or our account sends no more; or as spam. */
function isHeldAgainstUs(status: number, enhanced: string | undefined): boolean {
  return enhanced === undefined ? status === 550 || status === 554 : enhanced.startsWith('5.7.');
}
