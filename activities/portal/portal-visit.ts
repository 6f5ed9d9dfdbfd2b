import type { Cookie, Page, Response } from 'playwright';
import { isLasting } from '#domain/portal-session.ts';
import { PortalError } from '../failures.ts';
import { retryAfter, type PageEvent } from './page-events.ts';
import { RentalsPage, type ListEnd, type RowListener } from './pages/rentals-page.ts';
import { SignInPage, type Credentials } from './pages/sign-in-page.ts';
import {
  actionRequired,
  assertServed,
  isSignIn,
  throwIfVisitEnds,
  navigationError,
  statusError,
} from './pages/portal-errors.ts';
import { PortalPage } from './portal-page.ts';
import { usualPortalTimeouts, type PortalTimeouts } from './portal-timeouts.ts';
import type { RowStore } from './row-store.ts';
import type { ListObservation, PageStateObservation } from './page-observations.ts';

export interface VisitOptions {
  /** The context holds the cookies of an earlier session. */
  hasSession: boolean;
  /** Where the rows go; what is in it stays usable when the visit is cut off. */
  rows: RowStore;
  /** Rentals that started before are not wanted. */
  from?: Date | null;
  listener: RowListener;
  timeouts?: PortalTimeouts | undefined;
}

export type Reading = Exclude<ListEnd, { kind: 'signed_out' }>;

type Landing = { kind: 'list'; list: ListObservation } | { kind: 'form' } | { kind: 'absent'; listLink: string | null };

/** What a page showed so far. */
interface Seen {
  state: PageStateObservation | null;
  failure: PortalError | null;
  /** A status line, or a list of another name, where our list should be, and since when. */
  remains: { list: ListObservation; at: number } | null;
  /** Since when the page calls itself unavailable. */
  downSince: number | null;
}

/** What a portal answers to cookies that it cannot read, or that are too many. */
const refusals = [400, 401, 403, 431];

const listPath = '/s/booking-item';
const signInPath = '/s/login';
const homePath = '/s/';

/**
 * One visit to the portal on the page of a fresh browser context: where we are, and what was already tried. A step
 * resolves once the portal has answered it, and throws {@link PortalError} where the visit cannot go on.
 */
export class PortalVisit {
  readonly #page: PortalPage;
  /** Without a slash at the end. */
  readonly #portalUrl: string;
  readonly #options: VisitOptions;
  readonly #timeouts: PortalTimeouts;
  #hasSession: boolean;
  /**
   * Cookies to go on with where the portal can make nothing of those that the visit began with: first without the session
   * only, for from a browser that it does not know it wants a code.
   */
  readonly #fallbacks: Cookie[][] = [];
  #documentStatus = 200;
  /** The page that was last asked for has come: what is there is that page, or where it led. */
  #arrived = false;
  #signedIn = false;
  /** What the portal wants from its user before it shows its pages. */
  #demand: PortalError | null = null;
  #reentered = false;
  #followed = false;

  private constructor(page: PortalPage, portalUrl: string, options: VisitOptions, cookies: Cookie[]) {
    this.#page = page;
    this.#portalUrl = portalUrl;
    this.#options = options;
    this.#timeouts = options.timeouts ?? usualPortalTimeouts;
    this.#hasSession = options.hasSession;
    const lasting = cookies.filter(isLasting);
    if (lasting.length < cookies.length) this.#fallbacks.push(lasting);
    if (lasting.length > 0) this.#fallbacks.push([]);
  }

  /** `options` are waited for in addition to what the page needs to be watched. */
  static async open(page: Page, portalUrl: string, options: Promise<VisitOptions>): Promise<PortalVisit> {
    const [portalPage, known] = await Promise.all([PortalPage.open(page, portalUrl), options]);
    return new PortalVisit(portalPage, portalUrl, known, await portalPage.cookies());
  }

  /** The visit began with a session. */
  get hadSession(): boolean {
    return this.#options.hasSession;
  }

  /** The password was sent and accepted in this visit. It must not be sent again. */
  get signedIn(): boolean {
    return this.#signedIn;
  }

  /** Goes to the list; null where the sign-in form is there instead. */
  async openList(): Promise<ListObservation | null> {
    if (this.#demand) throw this.#demand;
    this.#followed = false;
    await this.#go(this.#hasSession ? listPath : signInPath);
    for (;;) {
      const landing = await this.#landing();
      if (landing.kind === 'list') return landing.list;
      if (landing.kind === 'form') return null;
      await this.#leadOn(landing.listLink);
    }
  }

  /** Sends the form that is there, and returns once the portal has let us in. */
  async signIn(credentials: Credentials): Promise<void> {
    this.#restart();
    this.#demand = await new SignInPage(this.#page, this.#timeouts).signIn(credentials);
    this.#signedIn = true;
    this.#hasSession = true;
  }

  /** For a form that is back after we were let in: once more through the front door, without the password. */
  async reenter(): Promise<void> {
    if (this.#reentered) throw new PortalError('portal_unavailable', 'the portal does not keep its session');
    this.#reentered = true;
    this.#restart();
    await this.#go(homePath);
  }

  /** Reads the list from the observation that showed it to its end. */
  async read(list: ListObservation): Promise<ListEnd> {
    const { rows, listener, from = null } = this.#options;
    const { settleMs, quietMs } = this.#timeouts;
    const knew = await this.#learnViewer(settleMs);
    const end = await new RentalsPage(this.#page.events, this.#timeouts, rows, listener, from).readAll(list);
    if (end.kind === 'signed_out') return end;
    if (!knew) await this.#learnViewer(quietMs);
    rows.all(); // throws while the page is still there to be kept
    return end;
  }

  /** The framework of a page may come after its list. */
  async #learnViewer(limitMs: number): Promise<boolean> {
    const told = await this.#page.told(limitMs);
    this.#options.rows.tell(told);
    return told !== null && Object.keys(told).length > 0;
  }

  /** Goes to a page of the portal, as far as its first bytes. */
  async #go(path: string): Promise<void> {
    this.#page.events.forget();
    this.#arrived = false;
    const url = new URL(path, `${this.#portalUrl}/`).href;
    try {
      const response = await this.#page.goto(url, this.#timeouts.documentMs);
      this.#arrived = true;
      if (response) this.#served(response);
      if (refusals.includes(this.#documentStatus)) await this.#dropSession();
    } catch (error) {
      if (error instanceof PortalError) throw error;
      if (/ERR_TOO_MANY_REDIRECTS|ERR_HTTP_RESPONSE_CODE_FAILURE/.test(String(error)) && (await this.#dropSession()))
        return;
      // The page itself went elsewhere in the meantime, for example to the sign-in: what comes next will tell.
      if (!/interrupted by another navigation|net::ERR_ABORTED/.test(String(error))) throw navigationError(error);
    }
  }

  #served(response: Response): void {
    this.#documentStatus = response.status();
    assertServed({ status: this.#documentStatus, retryAfterMs: retryAfter(response) });
  }

  /**
   * Begins again without cookies that may be why the portal refuses us, shows nothing of ours or goes in circles. False
   * where there are none.
   */
  async #dropSession(): Promise<boolean> {
    const cookies = this.#signedIn ? undefined : this.#fallbacks.shift();
    if (!cookies) return false;
    this.#hasSession = false;
    this.#followed = false;
    await this.#page.keepOnly(cookies);
    await this.#go(signInPath);
    return true;
  }

  /** Waits until it shows what kind of page this is. */
  async #landing(): Promise<Landing> {
    const startedAt = Date.now();
    const seen: Seen = { state: null, failure: null, remains: null, downSince: null };
    for (let patient = false; ;) {
      const deadline = patient ? startedAt + this.#timeouts.contentMs : this.#deadline(startedAt, seen);
      const event = await this.#page.events.next(deadline - Date.now());
      const landing = event && this.#consider(event, seen);
      if (landing) return landing;
      if (event) continue;
      if (patient || seen.failure || isOtherList(seen) || !this.#page.events.dataPending()) return this.#nothing(seen);
      patient = true;
    }
  }

  #consider(event: PageEvent, seen: Seen): Landing | null {
    throwIfVisitEnds(event);
    if (event.kind === 'answered') seen.failure = statusError(event.status, event.retryAfterMs) ?? seen.failure;
    if (event.kind === 'list') return this.#considerList(event, seen);
    if (event.kind !== 'page_state') return null;
    seen.state = event;
    seen.downSince = event.unavailable && !this.#canFollow(event) ? (seen.downSince ?? Date.now()) : null;
    if (event.form) return { kind: 'form' };
    const elsewhere = event.invalidPage || (!isOfList(event.path) && this.#isHere(event));
    return elsewhere && this.#canFollow(event) ? { kind: 'absent', listLink: event.listLink } : null;
  }

  #considerList(list: ListObservation, seen: Seen): Landing | null {
    const earlier = list.reset ? [] : (seen.remains?.list.rows ?? []);
    if (list.columns !== null && !(list.recent && !this.#followed))
      return { kind: 'list', list: { ...list, rows: earlier.concat(list.rows) } };
    if (list.columns === null && list.status === null && !list.otherList) seen.remains = null;
    else if (this.#followed && list.status !== null) return { kind: 'list', list };
    else seen.remains = { list: { ...list, rows: earlier.concat(list.rows) }, at: seen.remains?.at ?? Date.now() };
    return null;
  }

  async #leadOn(listLink: string | null): Promise<void> {
    if (this.#followed || listLink === null) {
      if (await this.#dropSession()) return;
      throw new PortalError('portal_changed', 'the portal has no page with the list of rentals');
    }
    this.#followed = true;
    const url = URL.canParse(listLink, this.#page.url) ? new URL(listLink, this.#page.url) : null;
    const leads = listLink !== '' && !listLink.startsWith('#') && url?.origin === new URL(this.#portalUrl).origin;
    if (leads) return this.#go(url.href);
    // A link without an address is the page's own doing, so the page gets the click.
    await this.#page.act('followLink', [], this.#timeouts.linkMs);
  }

  #restart(): void {
    this.#options.rows.clear();
    this.#options.listener.onRestart();
  }

  #deadline(startedAt: number, seen: Seen): number {
    const { contentMs, linkMs, quietMs, settleMs } = this.#timeouts;
    if (seen.failure) return startedAt + quietMs;
    if (isOtherList(seen)) return seen.remains!.at + settleMs;
    if (seen.downSince !== null) return seen.downSince + 2 * settleMs;
    const elsewhere =
      seen.state !== null && (seen.state.invalidPage || this.#canFollow(seen.state) || isOutsideSite(seen.state));
    return startedAt + (elsewhere || seen.remains ? linkMs : contentMs);
  }

  /** Seen on the page where we are, and not on one that was left meanwhile. */
  #isHere({ path }: PageStateObservation): boolean {
    return this.#arrived && URL.parse(this.#page.url)?.pathname === path;
  }

  #canFollow(state: PageStateObservation): boolean {
    return !this.#followed && state.listLink !== null;
  }

  #nothing({ state, failure, remains }: Seen): Landing {
    if (failure) throw failure;
    if (remains?.list.status && !(state && this.#canFollow(state))) return { kind: 'list', list: remains.list };
    if (state?.unavailable && !this.#canFollow(state))
      throw new PortalError('portal_unavailable', 'the portal says that it is not available');
    if (state === null) throw new PortalError('portal_unavailable', 'the portal sent no page');
    const last = this.#followed || state.listLink === null;
    if (last && this.#page.events.dataPending())
      throw new PortalError('portal_unavailable', 'the portal did not send the list in time');
    if (last && [401, 403].includes(this.#documentStatus)) {
      throw new PortalError('portal_unavailable', `the portal answered ${this.#documentStatus}`, {
        httpStatus: this.#documentStatus,
      });
    }
    if (last && isOutsideSite(state)) throw actionRequired('other');
    return { kind: 'absent', listLink: state.listLink };
  }
}

/** What is there instead of our list shows other records, or none: ours may be behind the link. */
function isOtherList({ remains }: Seen): boolean {
  return (
    remains !== null &&
    (remains.list.otherList || remains.list.recent || (remains.list.status?.count === 0 && !remains.list.status.more))
  );
}

function isOutsideSite({ path }: PageStateObservation): boolean {
  return !path.startsWith('/s/');
}

/** An address where the list may be, or the sign-in before it. */
function isOfList(path: string): boolean {
  return path.startsWith(listPath) || isSignIn(path);
}
