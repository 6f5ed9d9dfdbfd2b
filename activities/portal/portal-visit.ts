import type { Page, Response } from 'playwright';
import { PortalProblem } from '../failures.ts';
import { pageMark, pageScript, reportFunction } from './in-page/script.ts';
import { PageEvents, retryAfter, type PageEvent } from './page-events.ts';
import { RentalsPage, type ListEnd, type ListObserver } from './pages/rentals-page.ts';
import { isSignIn, SignInPage, type Credentials } from './pages/sign-in-page.ts';
import { assertServed, assertWelcome, navigationProblem, statusProblem } from './pages/portal-errors.ts';
import { usualPortalTimeouts, type PortalTimeouts } from './portal-timeouts.ts';
import type { RowStore } from './row-store.ts';
import type { ListPageObservation, PlacePageObservation, PageObservation } from './page-observations.ts';

export interface VisitOptions {
  /** Without a slash at the end. */
  portalUrl: string;
  credentials: Credentials;
  /** The context holds the cookies of an earlier session. */
  hasSession: boolean;
  /** Where the rows go; what is in it stays usable when the visit is cut off. */
  rows: RowStore;
  observer: VisitObserver;
  timeouts?: PortalTimeouts;
}

export interface VisitObserver extends ListObserver {
  /** The form is about to be filled in. */
  onSignIn(): void;
  /** The portal let us in. */
  onSignedIn(): void;
  /** The list is there. */
  onList(): void;
}

export type Reading = Exclude<ListEnd, { kind: 'signed_out' }>;

type Landing =
  { kind: 'list'; list: ListPageObservation } | { kind: 'form' } | { kind: 'absent'; listLink: string | null };

/** What a page showed so far. */
interface Seen {
  place: PlacePageObservation | null;
  failure: PortalProblem | null;
  /** A status line, or a list of another name, where our list should be, and since when. */
  remains: { list: ListPageObservation; at: number } | null;
}

const script = pageScript();

/**
 * Reads the list of rentals on the page of a fresh browser context, and signs in where the portal asks for it, at most once.
 * Throws {@link PortalProblem} where there is nothing to be read.
 */
export async function visitPortal(page: Page, options: VisitOptions): Promise<Reading> {
  const visit = await openVisit(page, options);
  await visit.go(options.hasSession ? listPath : signInPath);
  for (;;) {
    const landing = await visit.landing();
    if (landing.kind === 'form') await visit.signIn();
    else if (landing.kind === 'absent') await visit.followLink(landing.listLink);
    else {
      const end = await visit.read(landing.list);
      if (end.kind !== 'signed_out') return end;
      await visit.signIn();
    }
  }
}

const listPath = '/s/booking-item';
const signInPath = '/s/login';
const homePath = '/s/';

async function openVisit(page: Page, options: VisitOptions): Promise<PortalVisit> {
  const events = new PageEvents(page, options.portalUrl);
  // In this order, so that the function is there when the script runs.
  await page.exposeBinding(reportFunction, (_source, observation: PageObservation) => events.saw(observation));
  await page.addInitScript({ content: script });
  return new PortalVisit(page, events, options);
}

/** One visit: where we are, and what was tried already. */
class PortalVisit {
  readonly #page: Page;
  readonly #events: PageEvents;
  readonly #options: VisitOptions;
  readonly #timeouts: PortalTimeouts;
  #usesSession: boolean;
  #documentStatus = 200;
  /** The page that was asked for last has come: what is there is that one, or where it led. */
  #arrived = false;
  #signedIn = false;
  #wentHome = false;
  #followed = false;

  constructor(page: Page, events: PageEvents, options: VisitOptions) {
    this.#page = page;
    this.#events = events;
    this.#options = options;
    this.#timeouts = options.timeouts ?? usualPortalTimeouts;
    this.#usesSession = options.hasSession;
  }

  /** Goes to a page of the portal, as far as its first bytes. */
  async go(path: string): Promise<void> {
    this.#events.forget();
    this.#arrived = false;
    const url = new URL(path, `${this.#options.portalUrl}/`).href;
    try {
      const response = await this.#page.goto(url, { waitUntil: 'commit', timeout: this.#timeouts.documentMs });
      this.#arrived = true;
      if (response) this.#served(response);
    } catch (error) {
      if (error instanceof PortalProblem) throw error;
      if (this.#usesSession && /ERR_TOO_MANY_REDIRECTS/.test(String(error))) return this.#dropSession();
      // The page itself went elsewhere in the meantime, as to the sign-in: what comes next will tell.
      if (!/interrupted by another navigation|net::ERR_ABORTED/.test(String(error))) throw navigationProblem(error);
    }
  }

  #served(response: Response): void {
    this.#documentStatus = response.status();
    assertServed({ status: this.#documentStatus, retryAfterMs: retryAfter(response) });
  }

  /** A session that the portal cannot make sense of may send it in circles. */
  async #dropSession(): Promise<void> {
    this.#usesSession = false;
    await this.#page.context().clearCookies();
    await this.go(signInPath);
  }

  /** Waits until it shows what kind of page this is. */
  async landing(): Promise<Landing> {
    const startedAt = Date.now();
    const seen: Seen = { place: null, failure: null, remains: null };
    for (let patient = false; ;) {
      const deadline = patient ? startedAt + this.#timeouts.contentMs : this.#deadline(startedAt, seen);
      const event = await this.#events.next(deadline - Date.now());
      const landing = event && this.#consider(event, seen);
      if (landing) return landing;
      if (event) continue;
      if (patient || seen.failure || this.#isOtherList(seen) || !this.#events.dataPending()) return this.#nothing(seen);
      patient = true;
    }
  }

  #consider(event: PageEvent, seen: Seen): Landing | null {
    assertWelcome(event);
    if (event.kind === 'answered') seen.failure = statusProblem(event.status, event.retryAfterMs) ?? seen.failure;
    if (event.kind === 'list') return this.#considerList(event, seen);
    if (event.kind !== 'place') return null;
    seen.place = event;
    if (event.form) return { kind: 'form' };
    const elsewhere = event.invalidPage || (!isOfList(event.path) && this.#isHere(event));
    return elsewhere && this.#canFollow(event) ? { kind: 'absent', listLink: event.listLink } : null;
  }

  #considerList(list: ListPageObservation, seen: Seen): Landing | null {
    if (list.columns !== null) return { kind: 'list', list };
    if (list.status === null && !list.otherList) seen.remains = null;
    else if (this.#followed && list.status !== null) return { kind: 'list', list };
    else seen.remains = { list, at: seen.remains?.at ?? Date.now() };
    return null;
  }

  /** Signs in and goes to the list. At most one password is sent in a visit. */
  async signIn(): Promise<void> {
    if (this.#signedIn) return this.#comeBack();
    this.#signedIn = true;
    this.#restart();
    this.#options.observer.onSignIn();
    await new SignInPage(this.#page, this.#events, this.#timeouts).signIn(this.#options.credentials);
    this.#options.observer.onSignedIn();
    this.#followed = false;
    await this.go(listPath);
  }

  /** Follows the link to the list. */
  async followLink(listLink: string | null): Promise<void> {
    if (this.#followed || listLink === null) {
      throw new PortalProblem('portal_changed', 'the portal has no page with the list of rentals');
    }
    this.#followed = true;
    const url = URL.canParse(listLink, this.#page.url()) ? new URL(listLink, this.#page.url()) : null;
    const leads =
      listLink !== '' && !listLink.startsWith('#') && url?.origin === new URL(this.#options.portalUrl).origin;
    if (leads) return this.go(url.href);
    // A link without an address is the page's own doing, so the page gets the click.
    await this.#page
      .locator(`[${pageMark}=list]`)
      .first()
      .dispatchEvent('click', undefined, { timeout: this.#timeouts.linkMs });
  }

  read(list: ListPageObservation): Promise<ListEnd> {
    const { rows, observer } = this.#options;
    observer.onList();
    return new RentalsPage(this.#events, this.#timeouts, rows, observer).readAll(list);
  }

  /** The form is back after we were let in: once more through the front door, without the password. */
  async #comeBack(): Promise<void> {
    if (this.#wentHome) throw new PortalProblem('portal_unavailable', 'the portal does not keep its session');
    this.#wentHome = true;
    this.#followed = false;
    this.#restart();
    await this.go(homePath);
    await this.go(listPath);
  }

  #restart(): void {
    this.#options.rows.clear();
    this.#options.observer.onRestart();
  }

  #deadline(startedAt: number, seen: Seen): number {
    const { contentMs, linkMs, quietMs, settleMs } = this.#timeouts;
    if (seen.failure) return startedAt + quietMs;
    if (this.#isOtherList(seen)) return seen.remains!.at + settleMs;
    const elsewhere = seen.place !== null && (seen.place.invalidPage || this.#canFollow(seen.place));
    return startedAt + (elsewhere || seen.remains ? linkMs : contentMs);
  }

  /** What is there instead of our list speaks of other records, or of none: ours may be behind the link. */
  #isOtherList({ remains }: Seen): boolean {
    return (
      remains !== null && (remains.list.otherList || (remains.list.status?.count === 0 && !remains.list.status.more))
    );
  }

  /** Seen on the page where we are, and not on one that was left meanwhile. */
  #isHere({ path }: PlacePageObservation): boolean {
    return this.#arrived && URL.parse(this.#page.url())?.pathname === path;
  }

  #canFollow(place: PlacePageObservation): boolean {
    return !this.#followed && place.listLink !== null;
  }

  #nothing({ place, failure, remains }: Seen): Landing {
    if (failure) throw failure;
    if (remains?.list.status && !(place && this.#canFollow(place))) return { kind: 'list', list: remains.list };
    if (place?.unavailable) throw new PortalProblem('portal_unavailable', 'the portal says that it is not available');
    if (place === null) throw new PortalProblem('portal_unavailable', 'the portal sent no page');
    const last = this.#followed || place.listLink === null;
    if (last && this.#events.dataPending())
      throw new PortalProblem('portal_unavailable', 'the portal did not send the list in time');
    if (last && [401, 403].includes(this.#documentStatus)) {
      throw new PortalProblem('portal_unavailable', `the portal answered ${this.#documentStatus}`);
    }
    return { kind: 'absent', listLink: place.listLink };
  }
}

/** An address where the list may be, or the sign-in before it. */
function isOfList(path: string): boolean {
  return path.startsWith(listPath) || isSignIn(path);
}
