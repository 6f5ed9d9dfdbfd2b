// The pages behind the sign-in: navigation, the list of rentals, a rental, and the page that is not there.
import { callServer, element, pageData } from './aura.js';

const rendered = new Set(pageData.components);
const components = rendered.size > 0 ? await import('./components.js') : null;
const inComponent = (part, tag, made) => (rendered.has(part) ? components.within(tag, made) : made);

const rowHeight = 33;
const content = document.getElementById('content');

function showNavigation() {
  const links = [
    ['Home', '/s/'],
    ['My Rentals', pageData.listAddress],
    ['Log out', '/secur/logout.jsp'],
  ];
  const plain = links.map(([text, href]) => element('a', { href, class: 'navLink' }, text));
  const hidden = rendered.has('overflow') ? links.slice(1) : [];
  const isComponent = rendered.has('navigation') || rendered.has('overflow');
  const items = isComponent ? [components.navigation(links, hidden)] : plain;
  content.before(element('nav', { class: 'comm-navigation', 'aria-label': 'Navigation Menu' }, ...items));
}

function showPage() {
  if (pageData.page === 'list') return new List().start();
  if (pageData.page === 'record') return showRecord(pageData.record);
  const text = pageData.page === 'invalid' ? 'Invalid Page' : `Welcome, ${pageData.username}`;
  content.append(element('div', { class: 'pageBody' }, element('h1', {}, text)));
}

function showRecord(record) {
  const pairs = Object.entries(record).flatMap(([label, text]) => [element('dt', {}, label), element('dd', {}, text)]);
  content.append(element('h1', {}, record['Rental Name']), element('dl', {}, ...pairs));
}

class List {
  view = null;
  rows = [];
  hasMore = true;
  loading = false;

  start() {
    this.status = element('span', { class: 'countSortedByFilteredBy', role: 'status' });
    const title = element('h1', { class: 'slds-page-header__title' }, 'My Rentals');
    this.scroller = element('div', { class: 'uiScroller scroller-wrapper scroll-bidirectional native' });
    this.empty = element('div', { class: 'emptyContent hidden' }, element('p', {}, 'No items to display.'));
    const status = inComponent('status', 'force-list-view-manager-status-info', this.status);
    this.panel = element('div', { class: 'forceListViewManager' }, title, status, this.scroller, this.empty);
    content.append(inComponent('grid', 'force-list-view-manager-grid', this.panel));
    this.scroller.addEventListener('scroll', () => this.scrolled());
    this.load();
  }

  load() {
    this.loading = true;
    callServer(
      'getItems',
      { offset: this.rows.length, view: this.view },
      (answer) => this.arrived(answer),
      () => {
        this.loading = false;
      },
    );
  }

  arrived(answer) {
    if (this.view === null) this.showGrid(answer);
    if (answer.lateMs > 0) setTimeout(() => this.show(answer), answer.lateMs);
    else this.show(answer);
  }

  show(answer) {
    this.view = answer.view;
    this.virtualWindow = answer.virtualWindow;
    this.hasMore = answer.hasMore;
    this.status.textContent = answer.status ?? '';
    this.empty.classList.toggle('hidden', this.rows.length + answer.rows.length > 0);
    this.append(answer.rows, answer.chunk);
  }

  append(rows, chunk) {
    const size = chunk ? chunk.size : rows.length;
    this.rows.push(...rows.slice(0, size));
    this.draw();
    const rest = rows.slice(size);
    if (rest.length > 0) setTimeout(() => this.append(rest, chunk), chunk.ms);
    else this.loading = false;
  }

  scrolled() {
    if (this.virtualWindow) this.draw();
    const left = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
    if (left < 3 * rowHeight && this.hasMore && !this.loading) this.load();
  }

  showGrid(answer) {
    this.columns = answer.columns;
    if (!answer.table || (answer.rows.length === 0 && pageData.emptyList === 'none')) return;
    const heads = this.columns.map(headerCell);
    this.body = element('tbody');
    const table = element(
      'table',
      {
        class: 'uiVirtualDataTable forceRecordLayout slds-table slds-table--header-fixed slds-table--bordered',
        role: 'grid',
        'aria-label': 'My Rentals',
      },
      element('thead', {}, element('tr', {}, ...heads)),
      this.body,
    );
    this.inner = element('div', { class: 'scroller' }, table);
    this.scroller.append(this.inner);
  }

  /** Puts the rows that belong in the document there: all of them, or those around the scroll position. */
  draw() {
    if (!this.body) return;
    if (!this.virtualWindow)
      return this.body.append(...this.rows.slice(this.body.rows.length).map((row) => this.row(row)));
    const visible = Math.ceil(this.scroller.clientHeight / rowHeight);
    const margin = Math.max(0, Math.floor((this.virtualWindow - visible) / 2));
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / rowHeight) - margin);
    const last = Math.min(this.rows.length, first + Math.max(this.virtualWindow, visible));
    this.inner.style.paddingTop = `${first * rowHeight}px`;
    this.inner.style.paddingBottom = `${(this.rows.length - last) * rowHeight}px`;
    this.body.replaceChildren(...this.rows.slice(first, last).map((row) => this.row(row)));
  }

  row(row) {
    return element('tr', {}, ...this.columns.map(({ key }) => rowCell(key, row)));
  }
}

function headerCell({ key, label }) {
  const title = element('span', { class: 'slds-truncate', title: label }, key === 'action' ? '' : label);
  const sort = element('span', { class: 'slds-assistive-text' }, `Sort by: ${label}`);
  const link = element('a', { class: 'toggle slds-th__action', role: 'button', tabindex: '-1' }, sort, title);
  return element('th', { scope: 'col', 'aria-label': label, class: 'initialSortAsc', role: 'columnheader' }, link);
}

function rowCell(key, row) {
  if (key === 'name') return element('th', { scope: 'row', class: 'slds-cell-edit cellContainer' }, nameLink(row));
  return element('td', { role: 'gridcell', class: 'slds-cell-edit cellContainer' }, cellContent(key, row));
}

function nameLink(row) {
  const link = element('a', { class: 'slds-truncate outputLookupLink', href: row.href, title: row.cells.name });
  if (row.recordId !== null) link.dataset.recordid = row.recordId;
  link.append(row.cells.name);
  return element('span', { class: 'slds-grid slds-grid--align-spread' }, link);
}

function cellContent(key, row) {
  if (key === 'number') return element('span', { class: 'slds-row-number slds-text-body--small' });
  if (key !== 'action') return element('span', { class: 'slds-truncate' }, row.cells[key] ?? '');
  const text = element('span', { class: 'slds-assistive-text' }, 'Show Actions');
  const menu = element(
    'a',
    { class: 'rowActionsPlaceHolder slds-button', role: 'button', 'aria-haspopup': 'true' },
    text,
  );
  return element('div', { class: 'forceVirtualActionMarker forceVirtualAction' }, menu);
}

showNavigation();
showPage();
