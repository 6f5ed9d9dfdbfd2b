/** What a mail server's refusal is about: the address, this mail, or only us. */
import type { Tried } from '#domain/deliveries.ts';

/** As nodemailer throws it. */
interface SmtpError extends Error {
  /** Where the server answered. */
  responseCode?: number;
  response?: string;
  /** The command that it answered, such as `RCPT TO`. */
  command?: string;
}

const keptCharacters = 500;

export function refusalOf(thrown: unknown): Tried {
  const { responseCode: status, response, command } = (thrown instanceof Error ? thrown : new Error()) as SmtpError;
  if (status === undefined)
    return { outcome: 'failed', ours: true, error: 'The mail server of this service could not be reached.' };
  const said = { outcome: 'failed', status, answer: (response ?? '').slice(0, keptCharacters) } as const;
  const isForGood = status >= 500;
  if (command === 'RCPT TO' && !isForGood)
    return { ...said, error: `The mail server does not take mail for the address at the moment (${status}).` };
  // 5.7: what it holds against us or our server, it would say for any address.
  if (command === 'RCPT TO' && !/^\d{3}[ -]5\.7\./.test(response ?? ''))
    return { ...said, gone: true, error: `The mail server refused the address for good (${status}).` };
  if (command === 'DATA' && isForGood)
    return { ...said, abort: true, ours: true, error: `The mail server refused this mail (${status}).` };
  return { ...said, ours: true, error: `The mail server of this service refused it (${status}).` };
}
