/** A server of pages made by hand: other ways to build what the portal is known to look like. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bootstrap } from '#tests/portal/pages.ts';

type Given =
  | string
  | {
      status?: number;
      headers?: Record<string, string | string[]>;
      body?: string;
      /** The connection ends after the body, whatever its length was to be. */
      breaksOff?: boolean;
      /** The body is sent over and over, for as long as somebody takes it. */
      endless?: boolean;
    };

export type Answer = Given | ((request: IncomingMessage, body: string) => Given | Promise<Given>);

export interface HandMadePortal {
  url: string;
  /** Paths asked for so far, in order, methods other than GET named. */
  asked: string[];
  /** May be changed. */
  pages: Record<string, Answer>;
  close(): Promise<void>;
}

/** Serves pages by path; anything else is 404. */
export async function serve(pages: Record<string, Answer>): Promise<HandMadePortal> {
  const asked: string[] = [];
  const server = createServer((request, response) => void answer(pages, asked, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    pages,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function answer(
  pages: Record<string, Answer>,
  asked: string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url!, 'http://portal');
  asked.push(request.method === 'GET' ? pathname : `${request.method} ${pathname}`);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const page = pages[pathname] ?? { status: 404, body: 'no such page' };
  const given = typeof page === 'function' ? await page(request, Buffer.concat(chunks).toString()) : page;
  const {
    status = 200,
    headers = {},
    body = '',
    breaksOff = false,
    endless = false,
  } = typeof given === 'string' ? { body: given } : given;
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers });
  if (endless) pour(response, body);
  else if (breaksOff) response.write(body, () => setTimeout(() => response.destroy(), 100));
  else response.end(body);
}

function pour(response: ServerResponse, body: string): void {
  const more = () => {
    while (!response.destroyed && response.write(body));
  };
  response.on('drain', more);
  more();
}

export const labels = [
  'Item Number',
  'Rental Name',
  'Rental Start Date/Time',
  'Rental End Date/Time',
  'Studio',
  'Price',
  'Status',
  'Location',
  'Action',
];

export function recordId(index: number): string {
  return `a0Y${String(index).padStart(12, '0')}XYZ`;
}

export const noRows = `<div class="emptyContent" style="position:absolute">No items to display.</div>
  <div role="alert"></div><div role="status"></div><div class="spinner_container"><div>Loading…</div></div>`;

/** A cell's text for a label, as the page shows it. */
export function textOf(label: string, index: number): string {
  const day = (index % 28) + 1;
  const texts: Record<string, string> = {
    'Rental Name': `R-${490_000 + index}`,
    'Rental Start Date/Time': `6/${day}/2025 7:00 PM`,
    'Rental End Date/Time': `6/${day}/2025 8:30 PM`,
    Studio: 'Studio A',
    Price: '$1,234.50',
    Status: 'Approved',
    Location: '280 Broadway (Lower Manhattan)',
  };
  return texts[label] ?? '';
}

export function headRow(columns = labels): string {
  return `<tr>${columns.map((label) => `<th scope="col" aria-label="${label}"><span>${label}</span></th>`).join('')}</tr>`;
}

export function row(index: number, columns = labels): string {
  const cells = columns.map((label) =>
    label === 'Rental Name'
      ? `<th scope="row"><a data-recordid="${recordId(index)}" href="/s/booking-item/${recordId(index)}/r" title="${textOf(label, index)}">${textOf(label, index)}</a></th>`
      : `<td role="gridcell"><span>${textOf(label, index)}</span></td>`,
  );
  return `<tr>${cells.join('')}</tr>`;
}

export const rowsFrom = (from: number, to: number, columns = labels) =>
  Array.from({ length: to - from }, (_, index) => row(from + index, columns)).join('');

export function table(rows: string, { columns = labels, name = 'aria-label="My Rentals"' } = {}): string {
  return `<table role="grid" class="uiVirtualDataTable" ${name}><thead>${headRow(columns)}</thead><tbody>${rows}</tbody></table>`;
}

export function status(text: string): string {
  return `<span class="countSortedByFilteredBy" role="status">${text} • Sorted by Rental Start Date/Time • Filtered by All rentals - Status, My Rental</span>`;
}

/** A page around the list. Its script can make the rest of it: `row`, `rowsFrom`, `$` are there for it. */
export function page(body: string, script = '', viewer: Record<string, string> | null = {}): string {
  const helpers = [recordId, textOf, headRow, row].map((helper) => helper.toString()).join('\n');
  return `<!doctype html><html><head><title>Gibney</title>${bootstrap(viewer)}<style>.uiScroller{height:400px;overflow:auto}tr{height:33px}</style></head>
    <body><nav><a href="/s/">Home</a></nav>${body}${noRows}
    <script>const labels = ${JSON.stringify(labels)};
    ${helpers}
    const rowsFrom = (from, to) => Array.from({ length: to - from }, (_, index) => row(from + index)).join('');
    const $ = (selector) => document.querySelector(selector);
    ${script}</script></body></html>`;
}
