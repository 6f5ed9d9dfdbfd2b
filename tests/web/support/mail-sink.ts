/** A mail server that keeps what it is sent. */
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  parsed: ParsedMail;
}

/** What the server says instead of taking a mail; null: it takes it. Given a promise, it waits with its answer. */
export interface Refusals {
  recipient: (address: string) => string | null;
  data: (mail: ParsedMail) => string | null | Promise<string | null>;
}

export interface MailSink {
  /** For SMTP_URL. */
  url: string;
  mails: Mail[];
  refuses: Refusals;
  /** The first mail, received already or to come, to this address with this in its subject. */
  mailTo(address: string, subject: string): Promise<Mail>;
  close(): Promise<void>;
}

export async function startMailSink(): Promise<MailSink> {
  const mails: Mail[] = [];
  const waiting = new Set<() => void>();
  const refuses: Refusals = { recipient: () => null, data: () => null };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, _session, callback) {
      callback(refusal(refuses.recipient(address)));
    },
    onData(stream, session, callback) {
      simpleParser(stream)
        .then(async (parsed) => {
          const { subject = '', text = '' } = parsed;
          const refused = await refuses.data(parsed);
          if (refused !== null) return callback(refusal(refused));
          mails.push({ to: session.envelope.rcptTo.map(({ address }) => address).join(), subject, text, parsed });
          waiting.forEach((look) => look());
          callback();
        })
        .catch(callback);
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    refuses,
    mailTo: (address, subject) =>
      new Promise((resolve) => {
        const look = () => {
          const found = mails.find((mail) => mail.to === address && mail.subject.includes(subject));
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** `450 4.2.1 later`, as smtp-server wants it. */
function refusal(answer: string | null): (Error & { responseCode: number }) | null {
  if (answer === null) return null;
  const [, code, text] = /^(\d{3}) (.*)$/.exec(answer)!;
  return Object.assign(new Error(text), { responseCode: Number(code) });
}

/** What stands after the `#` of the link in a mail. */
export function tokenIn({ text }: Mail): string {
  return /#([\w-]+)/.exec(text)![1]!;
}
