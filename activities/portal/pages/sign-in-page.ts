import { errors, type Page, type Request } from 'playwright';
import { PortalProblem } from '#activities/failures.ts';
import { pageMark } from '../in-page/script.ts';
import type { PageEvent, PageEvents } from '../page-events.ts';
import type { PortalTimeouts } from '../portal-timeouts.ts';
import type { PlacePageObservation } from '../page-observations.ts';
import { assertWelcome, isVerification, statusProblem } from './portal-errors.ts';

export interface Credentials {
  username: string;
  password: string;
}

const locked = /\b(is|been|account|temporarily)\b[^.]{0,40}\blocked\b|\blocked out\b/i;
/** Words that warn of a lock that is not there yet. */
const mayLock = /\b(will|would|may|might|could|can)\b[^.]{0,40}\blocked\b/i;
const refused = /login attempt has failed|username and password are correct/i;
/** Words of a refusal, in whatever sentence. */
const refusing =
  /password|user ?name|credential|valid|incorrect|wrong|fail|error|denied|try again|disabled|expired|can.?t |cannot|unable/i;
/** Words that only pass the time. */
const busy = /^\W*(loading|please wait|one moment|logging in|signing in|redirecting)\b[^.!]{0,40}\W*$/i;

/** A click on a button that something covers is given up after so long: the button gets it all the same. */
const coveredMs = 500;

/** The form that any page of the portal turns into while signed out. */
export class SignInPage {
  readonly #page: Page;
  readonly #events: PageEvents;
  readonly #timeouts: PortalTimeouts;

  constructor(page: Page, events: PageEvents, timeouts: PortalTimeouts) {
    this.#page = page;
    this.#events = events;
    this.#timeouts = timeouts;
  }

  /**
   * Fills the form in, sends it once, and returns when the portal has let us in. The form must be there. Throws
   * {@link PortalProblem}: refused, locked, to be verified, or the portal did not answer.
   */
  async signIn(credentials: Credentials): Promise<void> {
    await this.#formAction(() => this.#fill(credentials));
    await this.#formAction(() => this.#click());
    await this.#verdict(credentials.password);
  }

  async #formAction(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error;
      throw new PortalProblem('portal_changed', 'the sign-in form cannot be used', { cause: error });
    }
  }

  async #fill({ username, password }: Credentials): Promise<void> {
    const limit = { timeout: this.#timeouts.verdictMs };
    const fields = [
      ['username', username],
      ['password', password],
    ] as const;
    for (const [part, value] of fields) await this.#page.fill(selector(part), value, limit);
    // A form that was drawn again meanwhile has lost what was typed into it first.
    for (const [part, value] of fields) {
      if ((await this.#page.inputValue(selector(part), limit)) !== value)
        await this.#page.fill(selector(part), value, limit);
    }
  }

  async #click(): Promise<void> {
    const button = this.#page.locator(selector('button')).first();
    try {
      await button.click({ timeout: Math.min(coveredMs, this.#timeouts.clickResponseMs), noWaitAfter: true });
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error;
      // Something lies over it that never goes away, as a spinner's container may.
      await button.dispatchEvent('click', undefined, { timeout: this.#timeouts.verdictMs });
    }
  }

  async #verdict(password: string): Promise<void> {
    const verdict = new Verdict(password, this.#timeouts);
    while (!verdict.accepted) {
      const event = await this.#events.next(verdict.waitMs());
      if (event) verdict.take(event);
      else if (verdict.mayClickAgain()) await this.#click();
      else verdict.giveUp();
    }
  }
}

function selector(part: 'username' | 'password' | 'button'): string {
  return `[${pageMark}=${part}]`;
}

/** What the portal makes of the credentials, from what happens after the form was sent. */
class Verdict {
  accepted = false;
  readonly #password: string;
  readonly #timeouts: PortalTimeouts;
  #sent: Request | null = null;
  #asked = false;
  #clicks = 1;
  #status: number | null = null;
  #message: string | null = null;
  #leaving = false;
  #deadline: number;

  constructor(password: string, timeouts: PortalTimeouts) {
    this.#password = password;
    this.#timeouts = timeouts;
    this.#deadline = Date.now() + timeouts.clickResponseMs;
  }

  waitMs(): number {
    return this.#deadline - Date.now();
  }

  take(event: PageEvent): void {
    assertWelcome(event);
    if (event.kind === 'asked') this.#sending(event);
    if (event.kind === 'answered' && event.request === this.#sent) this.#answered(event);
    if (event.kind === 'leaving') this.#left(event.url);
    if (event.kind === 'place') this.#look(event);
  }

  /** The page did nothing at all, so its button was there before the script behind it, and no password was sent. */
  mayClickAgain(): boolean {
    const again = !this.#asked && !this.#leaving && this.#message === null && this.#clicks < 3;
    if (!again) return false;
    this.#clicks += 1;
    this.#within(this.#clicks < 3 ? this.#timeouts.clickResponseMs : this.#timeouts.signInMs);
    return true;
  }

  /** Nothing more came in time. */
  giveUp(): never {
    if (this.#message !== null && !this.#leaving)
      throw new PortalProblem('invalid_credentials', 'the portal refused the sign-in');
    if (this.#status === null || this.#leaving) {
      throw new PortalProblem('portal_unavailable', 'the portal did not answer the sign-in in time');
    }
    // Sending the password again to find out more could lock the account.
    throw new PortalProblem('portal_changed', 'the portal neither accepted nor refused the sign-in');
  }

  #sending({ carries, request }: Extract<PageEvent, { kind: 'asked' }>): void {
    if (carries(this.#password)) this.#sent = request;
    if (!this.#asked) this.#within(this.#timeouts.signInMs);
    this.#asked = true;
  }

  #answered({ status, retryAfterMs }: { status: number; retryAfterMs: number | undefined }): void {
    const problem = statusProblem(status, retryAfterMs);
    if (problem) throw problem;
    this.#status = status;
    this.#within(this.#restMs());
  }

  /** Once the page goes to a page behind the sign-in, its session is there: the answer to the form brought it. */
  #left(url: URL): void {
    this.#leaving = true;
    this.accepted = url.pathname.startsWith('/s/') && !isSignIn(url.pathname) && !isVerification(url);
    this.#within(this.#timeouts.signInMs);
  }

  #look({ form, listLink, message }: PlacePageObservation): void {
    if (message !== null && locked.test(message) && !mayLock.test(message))
      throw new PortalProblem('account_locked', 'the portal says that the account is locked');
    if (message !== null && refused.test(message))
      throw new PortalProblem('invalid_credentials', 'the portal refused the sign-in');
    this.#message = form && message !== null && !busy.test(message) ? message : null;
    if (!form && listLink !== null) this.accepted = true;
    // Any other text means a refusal, too, unless it only passes the time until the answer or on the way in.
    if (this.#message !== null && this.#status !== null && !this.#leaving) this.#within(this.#restMs());
  }

  /** Once the answer is there, a text may still be about something else than the sign-in. */
  #restMs(): number {
    const { settleMs, verdictMs } = this.#timeouts;
    const told = this.#message !== null && (refusing.test(this.#message) || (this.#status ?? 0) >= 400);
    return told ? settleMs : verdictMs;
  }

  #within(waitMs: number): void {
    this.#deadline = Date.now() + waitMs;
  }
}

export function isSignIn(path: string): boolean {
  return /^\/s\/login(\/|$)/.test(path);
}
