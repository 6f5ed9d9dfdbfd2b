import type { Accounts } from './accounts.ts';
import { columns, listId } from './defaults.ts';
import { recordPath } from './list-view.ts';
import { demandPage, scriptRedirectPage, shellPage, verificationPage } from './pages.ts';
import { redirect, sendHtml } from './replies.ts';
import type { PortalOptions, Rental } from './types.ts';
import type { Visit } from './visit.ts';

const listAddress = `/s/booking-item/Booking_Item__c/${listId}`;

/** Answers the requests for whole pages. `isSignedIn` is for the caller to know. */
export class PageRequests {
  #accounts: Accounts;
  #options: PortalOptions;

  constructor(accounts: Accounts, options: PortalOptions) {
    this.#accounts = accounts;
    this.#options = options;
  }

  answer(visit: Visit, isSignedIn: boolean): void {
    const path = visit.url.pathname;
    if (visit.step === 'verification') return sendHtml(visit.res, verificationPage());
    if (visit.step === 'login-page') return this.#loginPage(visit);
    if (path === '/secur/logout.jsp') return this.#signOut(visit);
    if (/^\/(_ui|loginflow)\//.test(path)) return sendHtml(visit.res, demandPage(path));
    if (path !== '/s' && !path.startsWith('/s/')) return redirect(visit.res, '/s/');
    if (!isSignedIn) return this.#toSignIn(visit);
    const viewer = this.#accounts.viewerOf(visit.user!);
    sendHtml(visit.res, shellPage({ title: 'Gibney', script: 'site', data: this.#pageData(visit), viewer }));
  }

  #loginPage(visit: Visit): void {
    const messageRole = this.#options.loginMessage === 'plain' ? null : 'alert';
    sendHtml(visit.res, shellPage({ title: 'Login', script: 'login', data: { signedIn: false, messageRole } }));
  }

  #signOut(visit: Visit): void {
    if (visit.sessionId !== undefined) this.#accounts.endSession(visit.sessionId);
    redirect(visit.res, '/s/login', { 'set-cookie': ['sid=; Path=/; Max-Age=0', 'sid_Client=; Path=/; Max-Age=0'] });
  }

  #toSignIn(visit: Visit): void {
    const to = `/s/login?ec=302&startURL=${encodeURIComponent(visit.url.pathname)}`;
    if (this.#options.redirect === 'script') return sendHtml(visit.res, scriptRedirectPage(to));
    redirect(visit.res, to);
  }

  #pageData(visit: Visit): Record<string, unknown> {
    const { emptyList = 'table', components = [] } = this.#options;
    const common = { signedIn: true, username: visit.user, listAddress, emptyList, components };
    if (visit.step === 'list') return { ...common, page: this.#listPage(visit.url.pathname) };
    if (visit.step === 'home') return { ...common, page: 'home' };
    const rental = visit.step === 'record' ? this.#rentalAt(visit) : undefined;
    return rental ? { ...common, page: 'record', record: recordFields(rental) } : { ...common, page: 'invalid' };
  }

  #listPage(path: string): string {
    if (path.replace(/\/$/, '') === listAddress) return 'list';
    return path.startsWith('/s/booking-item/Booking_Item__c') ? 'invalid' : (this.#options.bookingItem ?? 'list');
  }

  #rentalAt({ user, url }: Visit): Rental | undefined {
    return this.#accounts.rentals(user!).find((rental) => recordPath(rental) === url.pathname);
  }
}

function recordFields(rental: Rental): Record<string, string> {
  const texts: Partial<Record<string, string>> = { ...rental };
  const shown = columns.filter(({ key }) => texts[key] !== undefined);
  return Object.fromEntries(shown.map(({ key, label }) => [label, texts[key]!]));
}
