/** The mail of the local mode as a page, for whoever sits at this machine. */
import { mailFolder, readMailFolder } from '#notifications/mailer.ts';
import type { Services } from '../services.ts';

export const localMailPolicy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Null where there is no such page: mail is sent for real, or the caller is elsewhere. */
export async function localMailPage(
  { mailer, config }: Pick<Services, 'mailer' | 'config'>,
  { clientAddress, host }: { clientAddress: string; host: string },
): Promise<string | null> {
  if (mailer.way !== 'folder' || !isThisMachine(clientAddress) || !isOurHost(host)) return null;
  const mails = await readMailFolder(mailFolder(config));
  const shown = mails.map((mail) => `<hr><pre>${linked(escaped(readable(mail)))}</pre>`).join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Local mail</title></head>
<body><h1>Local mail</h1><p>No mail server is configured, so mail stays here. Newest first.</p>
${shown || '<p>Nothing was sent yet.</p>'}</body></html>`;
}

function isThisMachine(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

/** A site elsewhere whose name leads to this machine must not read the mail through its visitor's browser. */
function isOurHost(host: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
}

/** Headers that matter and the text, decoded where it is quoted-printable or base64. */
function readable(mail: string): string {
  const end = mail.search(/\r?\n\r?\n/);
  const headers = mail.slice(0, end);
  const kept = headers.split(/\r?\n/).filter((line) => /^(To|Subject|Date):/i.test(line));
  return `${kept.join('\n')}\n\n${textOf(mail)}`;
}

/** Of a mail in several parts the first one, which is its text. */
function textOf(part: string): string {
  const end = part.search(/\r?\n\r?\n/);
  const [headers, body] = [part.slice(0, end), part.slice(end).trim()];
  const boundary = /^content-type: *multipart\/[^]*?boundary="?([^"\s;]+)/im.exec(headers)?.[1];
  return boundary ? textOf(body.split(`--${boundary}`)[1]!.trimStart()) : decoded(body, headers);
}

function decoded(body: string, headers: string): string {
  if (/^content-transfer-encoding: *base64/im.test(headers)) return Buffer.from(body, 'base64').toString('utf8');
  if (!/^content-transfer-encoding: *quoted-printable/im.test(headers)) return body;
  const bytes = body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}

function linked(text: string): string {
  return text.replace(/https?:\/\/[^\s<&]+/g, (address) => `<a href="${address}">${address}</a>`);
}
