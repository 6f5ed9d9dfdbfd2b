/** A statement of costs as a PDF for an accountant: who, which period, each rental, and sums that add up to the cent. */
import { setImmediate } from 'node:timers/promises';
import PDFDocument from 'pdfkit';
import { priceText } from '#domain/money.ts';
import { placeOf } from '#domain/place.ts';
import type { CostsView, RentalCostView } from '#domain/shapes/costs.ts';
import {
  chargedText,
  costText,
  earlierPriceTexts,
  hoursFigure,
  periodTitle,
  scopeTitle,
  standingNotes,
  toPayText,
  unpricedText,
} from '#lib/costs/cost-words.ts';
import { monthLabel } from '#lib/time/days.ts';
import { clockTime, dateLabel, timeRange } from '#lib/time/new-york.ts';
import { pdfText, type PdfText, type TextStyle } from '../files/pdf-text.ts';

export interface StatementHead {
  /** Whose rentals these are. */
  who: string;
  /** When a sync read them last; null where none has. */
  syncedAt: Date | null;
}

const page = { width: 612, height: 792, left: 48, right: 564, top: 48, bottom: 734 };
const columns = {
  rental: { x: 48, width: 108, align: 'left' },
  date: { x: 162, width: 66, align: 'left' },
  time: { x: 232, width: 92, align: 'left' },
  studio: { x: 330, width: 122, align: 'left' },
  hours: { x: 452, width: 40, align: 'right' },
  price: { x: 494, width: 70, align: 'right' },
} as const;
type Cells = Partial<Record<keyof typeof columns, string>>;

const small: TextStyle = { size: 8.5 };
const body: TextStyle = { size: 9.5 };
const soft = '#5a5954';
const lineHeight = 12.5;

const sections = [
  { title: 'Confirmed rentals', sum: 'confirmed', holds: ['confirmed'] },
  { title: 'Pending rentals, not yet confirmed', sum: 'pending', holds: ['pending'] },
  { title: 'Canceled, or gone before they began', sum: 'canceled', holds: ['canceled', 'gone'] },
] as const;

export async function statementPdf(costs: CostsView, head: StatementHead): Promise<Uint8Array<ArrayBuffer>> {
  const title = ['Studio rentals', scopeTitle(costs), periodTitle(costs.from, costs.to)].filter(Boolean).join(', ');
  const pdf = new PDFDocument({
    size: 'LETTER',
    // No text is to break pages by itself.
    margin: 0,
    bufferPages: true,
    lang: 'en-US',
    displayTitle: true,
    info: { Title: title, Author: head.who, Creator: 'gibney-sync', CreationDate: new Date(costs.madeAt) },
  });
  const chunks: Buffer[] = [];
  pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => pdf.on('end', resolve));
  const sheet = createSheet(pdf, await pdfText(pdf));
  drawHead(sheet, costs, head);
  for (const { title: name, sum, holds } of sections) {
    const rentals = costs.rentals.filter(({ standing }) => (holds as readonly string[]).includes(standing));
    if (rentals.length > 0) await drawSection(sheet, name, rentals, costs, sum);
  }
  drawTotals(sheet, costs);
  sheet.footers(`${title} · ${head.who}`);
  pdf.end();
  await ended;
  return new Uint8Array(Buffer.concat(chunks));
}

type Sheet = ReturnType<typeof createSheet>;

/** Where the next line goes, on pages that are begun as they are needed. */
function createSheet(pdf: PDFKit.PDFDocument, text: PdfText) {
  let y = page.top;
  let repeated: (() => void) | null = null;

  const rule = (width: number, color = '#1c1c1a') => {
    pdf.moveTo(page.left, y).lineTo(page.right, y).lineWidth(width).strokeColor(color).stroke();
  };
  const row = (cells: Cells, style: TextStyle) => {
    const entries = Object.entries(cells) as [keyof typeof columns, string][];
    const wrapped = entries.map(([name, value]) => ({
      ...columns[name],
      lines: value.split('\n').flatMap((part) => text.wrapped(part, columns[name].width, style)),
    }));
    const height = Math.max(...wrapped.map(({ lines }) => lines.length)) * lineHeight + 4;
    sheet.room(height);
    for (const { lines, x, width, align } of wrapped)
      lines.forEach((line, index) => text.line(line, x, y + index * lineHeight, width, { ...style, align }));
    y += height;
  };
  const sheet = {
    row,
    rule,
    skip: (height: number) => void (y += height),
    paragraph(words: string, style: TextStyle) {
      for (const line of text.wrapped(words, page.right - page.left, style)) {
        sheet.room(style.size * 1.4);
        text.line(line, page.left, y, page.right - page.left, style);
        y += style.size * 1.4;
      }
    },
    /** Words, and an amount at the end of the line. */
    pair(words: string, amount: string, style: TextStyle) {
      const lines = text.wrapped(words, page.right - page.left - 90, style);
      sheet.room(lines.length * lineHeight + 4);
      lines.forEach((line, index) => text.line(line, page.left, y + index * lineHeight, 400, style));
      text.line(amount, page.right - 80, y, 80, { ...style, align: 'right' });
      y += lines.length * lineHeight + 4;
    },
    /** Begins a page where less is left; what stands above a table stands there again. */
    room(height: number) {
      if (y + height <= page.bottom) return;
      pdf.addPage();
      y = page.top;
      repeated?.();
    },
    /** What stands on top of each page that is begun from here on. */
    onEachPage: (draw: (() => void) | null) => void (repeated = draw),
    footers(words: string) {
      const { count } = pdf.bufferedPageRange();
      const style = { ...small, color: soft };
      const [shown] = text.wrapped(words, 420, style);
      for (let index = 0; index < count; index++) {
        pdf.switchToPage(index);
        text.line(shown!, page.left, 752, 420, style);
        text.line(`Page ${index + 1} of ${count}`, 464, 752, 100, { ...style, align: 'right' });
      }
    },
  };
  return sheet;
}

function drawHead(sheet: Sheet, { from, to, madeAt, group, payer }: CostsView, { who, syncedAt }: StatementHead): void {
  const stamp = (moment: Date | string) => `${dateLabel(moment)}, ${clockTime(moment)}, New York`;
  sheet.rule(2);
  sheet.skip(14);
  sheet.paragraph('Statement of studio rentals', { size: 20, bold: true });
  sheet.paragraph(periodTitle(from, to), { size: 14 });
  sheet.skip(8);
  sheet.paragraph(`For: ${who}`, body);
  if (group) sheet.paragraph(`Group: ${group.groupName}`, body);
  const paidBy = payer ?? group?.payer;
  if (paidBy) sheet.paragraph(`Paid by: ${paidBy}`, body);
  sheet.paragraph('Studios: Gibney, 280 Broadway and 890 Broadway, New York, NY', body);
  sheet.paragraph(`Period: ${from} to ${to}, by the day on which a rental begins in New York`, body);
  sheet.paragraph('Currency: US dollars (USD)', body);
  sheet.paragraph(`Made: ${stamp(madeAt)}`, body);
  const source = syncedAt ? `as it was on ${stamp(syncedAt)}` : 'of which nothing has been read yet';
  sheet.paragraph(`Source: Gibney's rental portal, ${source}. Not an invoice or a receipt.`, body);
  sheet.skip(14);
}

async function drawSection(
  sheet: Sheet,
  title: string,
  rentals: RentalCostView[],
  { total, months }: CostsView,
  group: 'confirmed' | 'pending' | 'canceled',
): Promise<void> {
  sheet.room(110);
  sheet.paragraph(title, { size: 13, bold: true });
  sheet.skip(4);
  const heads = () => {
    sheet.row(
      { rental: 'Rental', date: 'Date', time: 'New York time', studio: 'Studio', hours: 'Hours', price: 'Price (USD)' },
      { ...small, color: soft },
    );
    sheet.rule(0.75);
    sheet.skip(5);
  };
  heads();
  sheet.onEachPage(heads);
  const byMonth = Map.groupBy(rentals, ({ month }) => month);
  for (const [month, some] of byMonth) {
    for (const rental of some) drawRental(sheet, rental);
    const sums = months.find((one) => one.month === month)![group];
    drawSum(sheet, monthLabel(`${month}-01`), sums, false);
    // Other requests are answered in between.
    await setImmediate();
  }
  if (byMonth.size > 1) drawSum(sheet, `All ${title.toLowerCase()}`, total[group], true);
  sheet.onEachPage(null);
  sheet.skip(16);
}

function drawRental(sheet: Sheet, rental: RentalCostView): void {
  const { name, startsAt, endsAt, studio, location, status, minutes, priceCents, refundCents } = rental;
  const place = placeOf(location).street;
  sheet.room(40);
  sheet.row(
    {
      rental: name || rental.recordId,
      date: dateLabel(startsAt),
      time: timeRange(startsAt, endsAt),
      studio: [studio, place].filter(Boolean).join(', '),
      hours: hoursFigure(minutes),
      price: costText(priceCents).replace('$', ''),
    },
    body,
  );
  const notes = [
    `Record ${rental.recordId}`,
    status,
    ...standingNotes(rental),
    ...earlierPriceTexts(rental),
    refundCents !== null && `Refund to expect ${priceText(refundCents)}`,
  ].filter(Boolean);
  sheet.skip(-4);
  sheet.paragraph(notes.join(' · '), { ...small, color: soft });
  sheet.skip(2);
  sheet.rule(0.25, '#b9b7ae');
  sheet.skip(5);
}

function drawSum(sheet: Sheet, name: string, sum: CostsView['total']['confirmed'], last: boolean): void {
  const { rentals, minutes, cents } = sum;
  sheet.row(
    {
      rental: name,
      studio: rentals === 1 ? '1 rental' : `${rentals} rentals`,
      hours: hoursFigure(minutes),
      price: priceText(cents).replace('$', ''),
    },
    { ...body, bold: true },
  );
  sheet.rule(last ? 1.5 : 0.75);
  sheet.skip(8);
}

function drawTotals(sheet: Sheet, costs: CostsView): void {
  const { confirmed, pending, canceled, toPayCents, centsPerHour } = costs.total;
  sheet.room(canceled.chargedCents > 0 ? 190 : 150);
  sheet.rule(2);
  sheet.skip(10);
  sheet.paragraph('Totals', { size: 13, bold: true });
  sheet.skip(4);
  const line = (words: string, amount: string, style = body) => sheet.pair(words, amount, style);
  line(`Confirmed, ${countText(confirmed.rentals)}`, priceText(confirmed.cents), { ...body, bold: true });
  if (canceled.chargedCents > 0) {
    line(chargedText, priceText(canceled.chargedCents));
    line(toPayText, priceText(toPayCents), { ...body, bold: true });
  }
  if (pending.rentals > 0)
    line(`Pending, ${countText(pending.rentals)}, not in the total above`, priceText(pending.cents));
  if (canceled.rentals > 0)
    line(
      `Canceled, or gone before they began, ${countText(canceled.rentals)}, as Gibney priced them last`,
      priceText(canceled.cents),
    );
  if (canceled.refundCents > 0) line('Refunds to expect, where they were paid', priceText(canceled.refundCents));
  if (centsPerHour !== null) line('Confirmed, per hour', priceText(centsPerHour));
  const unpriced = unpricedText(costs.total);
  if (unpriced) sheet.paragraph(unpriced, body);
  if (costs.rentals.length === 0) sheet.paragraph('No rentals in this period.', body);
}

function countText(rentals: number): string {
  return rentals === 1 ? '1 rental' : `${rentals.toLocaleString('en-US')} rentals`;
}
