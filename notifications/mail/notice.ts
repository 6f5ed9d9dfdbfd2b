/** The mail that tells what happened: as text, and as HTML for narrow and dark readers alike. */
import { createEventWriter, folded, zone } from '../calendars/vevent.ts';
import type { FeedBooking } from '#db/queries/calendar-feeds.ts';
import type { EmailMessage } from '../email-messages.ts';
import { needsYouFirst, type NoticePage, type Told } from '../words.ts';

export interface Notice {
  to: string;
  /** Without a trailing slash. */
  publicUrl: string;
  /** The same each time that it is sent. */
  id: string;
  told: Told[];
  /** As they are now, for the reader's calendar. */
  bookings: FeedBooking[];
  /** Where one request, without a sign-in, ends these mails. */
  unsubscribeUrl: string;
}

/** Mail programs cut off a mail of hundreds of rentals. */
const mostInFull = 50;

export function noticeMessage(given: Notice): EmailMessage {
  const notice = { ...given, told: needsYouFirst(given.told) };
  const { to, publicUrl, id, told, bookings, unsubscribeUrl } = notice;
  const what = told.some(({ bookingId }) => bookingId === null) ? 'notices' : 'changes';
  const subject = told.length === 1 ? told[0]!.headline : `${told.length} ${what}: ${told[0]!.headline}`;
  const blocks = told.slice(0, mostInFull);
  const more = told.length - blocks.length;
  return {
    to,
    subject: shortened(subject),
    messageId: `<${id}@${new URL(publicUrl).hostname}>`,
    text: asText(blocks, more, notice),
    html: asHtml(blocks, more, notice),
    headers: {
      'List-Unsubscribe': `<${unsubscribeUrl}/one-click>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'Auto-Submitted': 'auto-generated',
    },
    attachments: bookings.length === 0 ? [] : [{ ...calendarFile, content: calendarOf(bookings) }],
  };
}

const shortened = (subject: string) => (subject.length > 150 ? `${subject.slice(0, 149)}…` : subject);

const calendarFile = { filename: 'rentals.ics', contentType: 'text/calendar; charset=utf-8; method=PUBLISH' };

/** The same events, by their UIDs, as those of the calendar feed and of connected calendars. */
function calendarOf(bookings: FeedBooking[]): string {
  const events = bookings.flatMap(createEventWriter([]));
  const head = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//gibney-sync//rentals//EN', 'CALSCALE:GREGORIAN'];
  return folded([...head, 'METHOD:PUBLISH']) + zone() + folded([...events, 'END:VCALENDAR']);
}

const moreText = (count: number) => `And ${count} more: see all of them with the link below.`;

function linkOf({ told, publicUrl }: Notice): { href: string; words: string } {
  const ids = new Set(told.map(({ bookingId }) => bookingId));
  const [id] = ids;
  if (ids.size === 1 && id) return { href: `${publicUrl}/bookings/${id}`, words: 'Show this rental' };
  const [{ page }] = told as [Told, ...Told[]];
  if (page) return { href: `${publicUrl}${page}`, words: linkWords[page] };
  return { href: `${publicUrl}/changes`, words: 'Show all changes' };
}

const linkWords: Record<NoticePage, string> = {
  '/dashboard': 'Show my rentals',
  '/calendar': 'Show my calendars',
  '/settings/notifications': 'Show my notifications',
};

function asText(blocks: Told[], more: number, notice: Notice): string {
  const { href, words } = linkOf(notice);
  const parts = [
    ...blocks.map(({ headline, lines }) => [headline, ...lines.map((line) => `  ${line}`)].join('\n')),
    ...(more > 0 ? [moreText(more)] : []),
    `${words}: ${href}`,
    `Choose what you hear of: ${notice.publicUrl}/settings/notifications\nStop these mails: ${notice.unsubscribeUrl}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Readers that know dark themes take the second set; others invert the first by themselves, so nothing depends on it. */
const theme = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){.page{background:#191817!important}.ink{color:#f2efea!important}.soft{color:#b9b3aa!important}.line{border-color:#4a4640!important}.link{color:#f2efea!important}}`;

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

function asHtml(blocks: Told[], more: number, notice: Notice): string {
  const { href, words } = linkOf(notice);
  const rows = blocks.map(
    ({ headline, lines }) =>
      `<tr><td class="line ink" style="padding:16px 0;border-bottom:1px solid #d8d2c8;color:#22201d;${font};font-size:16px;line-height:1.5;word-break:break-word"><strong style="font-size:18px">${escaped(headline)}</strong>${lines.map((line) => `<br>${escaped(line)}`).join('')}</td></tr>`,
  );
  const rest =
    more > 0 ? [`<tr><td class="ink" style="padding:16px 0;${font};font-size:16px">${moreText(more)}</td></tr>`] : [];
  const soft = `padding:8px 0;color:#6a645b;${font};font-size:14px;line-height:1.5`;
  const link = (to: string, text: string) => `<a class="link" href="${escaped(to)}" style="color:#22201d">${text}</a>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>${escaped(blocks[0]!.headline)}</title><style>${theme}</style></head>
<body class="page" style="margin:0;padding:0;background:#ffffff"><table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#ffffff"><tr><td align="center" style="padding:8px 16px"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;text-align:left">
${[...rows, ...rest].join('\n')}
<tr><td class="ink" style="padding:20px 0 12px;color:#22201d;${font};font-size:16px"><strong>${link(href, words)}</strong></td></tr>
<tr><td class="soft" style="${soft}">${link(`${notice.publicUrl}/settings/notifications`, 'Choose what you hear of')} · ${link(notice.unsubscribeUrl, 'Stop these mails')}</td></tr>
</table></td></tr></table></body></html>
`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (words: string) => words.replace(/[&<>"']/g, (one) => entities[one]!);
