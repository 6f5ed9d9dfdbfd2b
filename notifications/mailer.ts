/**
 * Sends mail: by SMTP where it is configured; in the local mode into files that the machine's owner can read; else not
 * at all, which callers must check first.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import nodemailer from 'nodemailer';
import type { PluginFunction } from 'nodemailer/lib/mailer';
import type { Config } from '#platform/config.ts';
import type { EmailMessage } from './email-messages.ts';

export interface Mailer {
  /** `smtp`: real mail. `folder`: files on this machine. `none`: `send` throws. */
  readonly way: 'smtp' | 'folder' | 'none';
  /**
   * Resolves with the mail server's answer once it took the mail, or once the file is written. After half a minute, or once
   * `signal` aborts, it is not sent any more. Throws {@link LostAnswerError} where it may have been taken all the same.
   */
  send(message: EmailMessage, signal?: AbortSignal): Promise<string>;
  close(): void;
}

type MailConfig = Pick<Config, 'SMTP_URL' | 'MAIL_FROM' | 'LOCAL_MODE' | 'DATA_DIR'>;

/** The server had all of the mail, and did not say whether it took it. */
export class LostAnswerError extends Error {
  override readonly name = 'LostAnswerError';
}

interface Patience {
  /** For one answer of the server. */
  answerMs: number;
  /** For a mail, from when it is asked for. */
  mailMs: number;
}

const usualPatience: Patience = { answerMs: 15_000, mailMs: 30_000 };

export function createMailer(config: MailConfig, patience = usualPatience): Mailer {
  if (config.SMTP_URL) return smtpMailer(config.SMTP_URL, config.MAIL_FROM, patience);
  if (config.LOCAL_MODE) return folderMailer(mailFolder(config), config.MAIL_FROM);
  return {
    way: 'none',
    send: async () => {
      throw new Error('mail cannot be sent: SMTP_URL is not set');
    },
    close: () => {},
  };
}

/** Where the local mode keeps its mail. */
export function mailFolder({ DATA_DIR }: Pick<Config, 'DATA_DIR'>): string {
  return join(DATA_DIR, 'mail');
}

function smtpMailer(url: string, from: string, { answerMs, mailMs }: Patience): Mailer {
  const transport = nodemailer.createTransport(
    {
      url,
      ...(needsTls(url) && { requireTLS: true }),
      pool: true,
      maxConnections: 5,
      connectionTimeout: answerMs,
      greetingTimeout: answerMs,
      socketTimeout: answerMs,
    },
    { from },
  );
  transport.use('stream', watchBody);
  return {
    way: 'smtp',
    async send(message, signal) {
      const limit = AbortSignal.timeout(mailMs);
      const watched: Watched = {};
      const data = { ...message, signal: signal ? AbortSignal.any([signal, limit]) : limit, watched };
      try {
        return (await transport.sendMail(data)).response;
      } catch (error) {
        const isAnswered = (error as { responseCode?: number }).responseCode !== undefined;
        // The line that ends a mail is sent once its body has been read to the end.
        if (isAnswered || !watched.body?.readableEnded) throw error;
        throw new LostAnswerError('the mail server did not say whether it took the mail', { cause: error });
      }
    },
    close: () => transport.close(),
  };
}

/**
 * Whoever is between could leave out that the server speaks TLS, and nodemailer would send the password in plain text. A URL that
 * says something about it itself (`?requireTLS=false`) is heeded.
 */
function needsTls(url: string): boolean {
  const { username, hostname, searchParams } = new URL(url);
  const isHere = /^(localhost|127\.[\d.]+|\[::1\])$/i.test(hostname);
  return username !== '' && !isHere && !searchParams.has('requireTLS');
}

interface Watched {
  /** What is sent to the server, once it is. */
  body?: Readable;
}

/** A plugin of nodemailer, whose errors do not say how far it got. */
const watchBody: PluginFunction = ({ data, message }, done) => {
  const { watched } = data as { watched?: Watched };
  const open = message.createReadStream.bind(message);
  message.createReadStream = (options) => {
    const body = open(options);
    if (watched) watched.body = body;
    return body;
  };
  done();
};

function folderMailer(folder: string, from: string): Mailer {
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'unix' }, { from });
  return {
    way: 'folder',
    async send(message) {
      const { message: eml } = await transport.sendMail(message);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const name = `${new Date().toISOString().replaceAll(':', '-')}-${randomUUID().slice(0, 8)}.eml`;
      await writeFile(join(folder, name), eml as Buffer, { mode: 0o600 });
      return 'kept on this machine';
    },
    close: () => {},
  };
}

/** The newest mails of the local mode, newest first, as they were written. */
export async function readMailFolder(folder: string, most = 30): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []; // nothing was sent yet
    throw error;
  });
  const newest = names
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .reverse()
    .slice(0, most);
  return Promise.all(newest.map((name) => readFile(join(folder, name), 'utf8')));
}
