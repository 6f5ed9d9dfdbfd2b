import type { ListObservation, RawRow, StatusLine } from '../page-observations.ts';
import type { Dom } from './dom.ts';

/** What the watch needs from outside of the page. All names are folded. */
export interface ListOptions {
  /** The name of the list's table. */
  name: string;
  /** The name of Salesforce's list of what was viewed last, which comes first for those who never pinned another. */
  recentName: string;
  /** The columns that the list's table has. */
  columns: string[];
  /** The column that holds the link to the record. */
  nameColumn: string;
}

export interface ListWatch {
  /** To be called whenever the document changed, with what changed. */
  look(changed: Iterable<Node>): void;
  /** Rows may be missing: there is more to be scrolled to. */
  wantsMore(): boolean;
  /** The list's table, while it is in the document. */
  table(): HTMLTableElement | null;
}

/**
 * Collects the rows of the list as they come, including those that leave the document again. Runs in the page: nothing
 * outside of the function may be used.
 */
// eslint-disable-next-line max-lines-per-function -- the page gets it as one function, made of short ones
export function watchList(
  dom: Dom,
  fold: (label: string) => string,
  options: ListOptions,
  report: (facts: ListObservation) => void,
): ListWatch {
  interface Candidate {
    table: HTMLTableElement;
    labels: string[];
    named: boolean;
    recent: boolean;
  }

  let current: Candidate | null = null;
  let wasRecent = false;
  let status: StatusLine | null = null;
  let lastFacts = '';
  let nextUnknown = 1;
  const known = new Map<string, string>();
  const keys = new WeakMap<Element, string>();

  function spread<Cell extends HTMLTableCellElement>(cells: Iterable<Cell>): Cell[] {
    return Array.from(cells).flatMap((cell) => Array.from({ length: Math.min(cell.colSpan, 100) }, () => cell));
  }

  function headOf(table: HTMLTableElement): HTMLTableCellElement[] {
    const heads = (row: HTMLTableRowElement) => row.querySelectorAll(':scope > th[scope=col]').length;
    const best = Array.from(table.rows)
      .slice(0, 5)
      .reduce<HTMLTableRowElement | null>(
        (found, row) => (heads(row) > (found ? heads(found) : 0) ? row : found),
        null,
      );
    return best ? spread(best.cells) : [];
  }

  function labelOf(head: Element): string {
    return head.getAttribute('aria-label')?.trim() || dom.textOf(head) || head.getAttribute('title') || '';
  }

  function nameOf(table: HTMLTableElement): string {
    const ids = (table.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter(Boolean);
    const labelled = ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
    return fold(labelled || table.getAttribute('aria-label') || table.caption?.textContent || '');
  }

  /** The tables that could be the list, and whether there is a list of another name. */
  function candidates(): { found: Candidate[]; otherList: boolean } {
    const tables = Array.from(document.querySelectorAll('table')).filter((table) => dom.shown(table));
    const described = tables.map((table) => ({ table, name: nameOf(table), labels: headOf(table).map(labelOf) }));
    const ours = ({ name }: { name: string }) => ['', options.name, options.recentName].includes(name);
    const found = described
      .filter((table) => table.labels.length > 0 && ours(table))
      .map(({ table, name, labels }) => ({ table, labels, named: name !== '', recent: name === options.recentName }));
    return { found, otherList: described.some((table) => !ours(table) && hasColumns(table)) };
  }

  function hasColumns({ labels }: Pick<Candidate, 'labels'>): boolean {
    const folded = labels.map(fold);
    return options.columns.every((column) => folded.includes(column));
  }

  /** The table of the list's name; without one, the only unnamed table that has all of the columns. */
  function pick(found: Candidate[]): { list: Candidate | null; ambiguous: boolean } {
    const named = found.filter((candidate) => candidate.named);
    const all = named.filter((candidate) => !candidate.recent);
    const pool = all.length > 0 ? all : named.length > 0 ? named : found.filter(hasColumns);
    const usable = pool.filter(hasColumns);
    // A second table without rows only keeps the headers in view.
    const filled = usable.length > 1 ? usable.filter(({ table }) => rowsOf(table).length > 0) : usable;
    const choice = filled.length > 0 ? filled : usable;
    const list = choice.find(({ table }) => table === current?.table) ?? choice[0] ?? pool[0] ?? null;
    return { list, ambiguous: choice.length > 1 };
  }

  function readStatus(): StatusLine | null {
    const spots = (root: ParentNode, selector: string) =>
      Array.from(root.querySelectorAll(selector)).filter((spot) => dom.shown(spot) && statusOf(spot) !== null);
    for (const selector of ['.countSortedByFilteredBy', '[role=status]']) {
      let root: Element | null = current?.table.parentElement ?? document.body;
      for (; root; root = root.parentElement) {
        const [spot] = spots(root, selector);
        if (spot) return statusOf(spot);
      }
    }
    return null;
  }

  /** `50+ items • …`; in any language where it is the line that speaks of the list, and cannot be of anything else. */
  function statusOf(spot: Element): StatusLine | null {
    const words = spot.matches('.countSortedByFilteredBy') ? '[\\p{L}\\p{M}][^\\d•·|+]*' : 'items?\\s*';
    const line = new RegExp(`^(\\d{1,3}(?:[.,\\s'’]\\d{3})+|\\d+)\\s*(\\+)?\\s*${words}(?:[•·|]|$)`, 'iu');
    const parts = line.exec(dom.textOf(spot));
    return parts ? { count: Number(parts[1]!.replace(/\D/g, '')), more: parts[2] === '+' } : null;
  }

  /** By its name, its address, or what the page says above it. */
  function isRecent({ table, recent }: Candidate): boolean {
    const address = new URL(location.href);
    const views = [address.pathname.split('/').at(-1), address.searchParams.get('filterName')];
    if (recent || views.some((view) => view !== null && /^(__)?recent$/i.test(view ?? ''))) return true;
    const titles = 'h1, h2, h3, .selectedListView, .triggerLinkText, .countSortedByFilteredBy';
    for (let root = table.parentElement; root; root = root.parentElement) {
      const above = Array.from(root.querySelectorAll(titles)).filter((title) => dom.shown(title));
      if (above.length > 0) return above.some((title) => fold(dom.textOf(title)).endsWith(options.recentName));
    }
    return false;
  }

  function linkOf(row: HTMLTableRowElement, nameCell: Element | undefined): HTMLElement | null {
    const places = [nameCell, row.querySelector(':scope > th[scope=row]')];
    const links = places.map((place) => place?.querySelector<HTMLElement>('a[data-recordid]') ?? null);
    return links.find((link) => link !== null) ?? nameCell?.querySelector('a') ?? null;
  }

  function textsOf(cells: HTMLTableCellElement[], labels: string[]): Record<string, string> {
    return Object.fromEntries(
      labels.flatMap((label, index) => (label === '' ? [] : [[label, dom.textOf(cells[index]!)]])),
    );
  }

  /** The row as it stands; null for what is no rental: placeholders, spacers, templates. */
  function readRow(row: HTMLTableRowElement, { labels }: Candidate): RawRow | null {
    if (!dom.shown(row)) return null;
    const cells = spread(row.cells);
    // One cell across all columns is a remark: that rows are on their way, or that there are none.
    const whole = cells.length === labels.length && (row.cells.length > 1 || labels.length === 1);
    const nameCell = whole ? cells[labels.findIndex((label) => fold(label) === options.nameColumn)] : undefined;
    const link = linkOf(row, nameCell);
    const texts = whole ? textsOf(cells, labels) : {};
    const blank = Object.entries(texts).every(([label, text]) => !options.columns.includes(fold(label)) || text === '');
    const id = link?.dataset.recordid ?? null;
    if (id === null && (!whole || blank)) return null;
    const recordId = id !== null && /^[A-Za-z0-9]{18}$/.test(id) ? id : null;
    const name = (link && (dom.textOf(link) || link.title.trim())) || (nameCell ? dom.textOf(nameCell) : '');
    return { ...keyed(row, recordId), recordId, name, href: link?.getAttribute('href') ?? '', cells: texts };
  }

  function keyed(row: Element, recordId: string | null): { key: string; replaces: string | null } {
    const earlier = keys.get(row) ?? null;
    const anonymous = earlier !== null && earlier.startsWith('row ') ? earlier : null;
    const key = recordId ?? anonymous ?? `row ${nextUnknown++}`;
    keys.set(row, key);
    if (anonymous !== null && anonymous !== key) known.delete(anonymous);
    return { key, replaces: anonymous !== null && anonymous !== key ? anonymous : null };
  }

  /** All rows but those of headers and footers, wherever they stand. */
  function rowsOf(table: HTMLTableElement): HTMLTableRowElement[] {
    return Array.from(table.rows).filter(isOfBody);
  }

  function isOfBody(row: HTMLTableRowElement): boolean {
    return !row.parentElement?.matches('thead, tfoot') && row.querySelector(':scope > th[scope=col]') === null;
  }

  function changedRows(table: HTMLTableElement, changed: Iterable<Node>): Iterable<HTMLTableRowElement> {
    const rows = new Set<HTMLTableRowElement>();
    for (const node of changed) {
      if (node === document) continue;
      const element = node instanceof Element ? node : node.parentElement;
      const row = element?.closest('tr');
      if (row) rows.add(row);
      // Rows that came with the node, and all of them where the whole table did or where what holds it changed.
      else if (element?.contains(table)) return rowsOf(table);
      else for (const inner of element?.querySelectorAll('tr') ?? []) rows.add(inner);
    }
    const own = Array.from(rows).filter((row) => row.isConnected && row.parentElement?.closest('table') === table);
    return own.filter(isOfBody);
  }

  function fresh(row: RawRow): boolean {
    const signature = JSON.stringify([row.recordId, row.name, row.href, row.cells]);
    if (known.get(row.key) === signature) return false;
    known.set(row.key, signature);
    return true;
  }

  /** Rows that another list had, too, come once more with the list that took its place. */
  function adopt(list: Candidate | null, recent: boolean): { reset: boolean; all: boolean } {
    if (list === null) return { reset: false, all: false };
    const reset = current !== null && ((!current.named && list.named) || (wasRecent && !recent));
    const all = reset || list.table !== current?.table || list.labels.join('\n') !== current.labels.join('\n');
    if (reset) known.clear();
    current = list;
    wasRecent = recent;
    return { reset, all };
  }

  function look(changed: Iterable<Node>): void {
    const { found, otherList } = candidates();
    const { list, ambiguous } = pick(found);
    const recent = list !== null && isRecent(list);
    const { reset, all } = adopt(list, recent);
    const rows = list ? Array.from(all ? rowsOf(list.table) : changedRows(list.table, changed)) : [];
    const read = list && hasColumns(list) ? rows.map((row) => readRow(row, list)).filter((row) => row !== null) : [];
    const news = read.filter(fresh);
    status = readStatus();
    const facts = { kind: 'list' as const, columns: list?.labels ?? null, ambiguous, otherList, recent, status, reset };
    const signature = JSON.stringify(facts);
    if (news.length === 0 && signature === lastFacts) return;
    lastFacts = signature;
    report({ ...facts, rows: news });
  }

  return {
    look,
    wantsMore: () => current !== null && (status === null || status.more || known.size < status.count),
    table: () => (current?.table.isConnected ? current.table : null),
  };
}
