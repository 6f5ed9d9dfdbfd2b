/** A mail server that keeps what it is sent. */
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export interface MailSink {
  /** For SMTP_URL. */
  url: string;
  mails: Mail[];
  /** The first mail, received already or to come, to this address with this in its subject. */
  mailTo(address: string, subject: string): Promise<Mail>;
  close(): Promise<void>;
}

export async function startMailSink(): Promise<MailSink> {
  const mails: Mail[] = [];
  const waiting = new Set<() => void>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, callback) {
      simpleParser(stream).then(({ subject = '', text = '' }) => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address).join(), subject, text });
        waiting.forEach((look) => look());
        callback();
      }, callback);
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
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

/** What stands after the `#` of the link in a mail. */
export function tokenIn({ text }: Mail): string {
  return /#([\w-]+)/.exec(text)![1]!;
}
