import { errors, type Page } from 'playwright';
import { PortalError } from '#activities/failures.ts';
import { pageMark } from '../in-page/script.ts';
import type { PageEvents } from '../page-events.ts';
import type { PortalTimeouts } from '../portal-timeouts.ts';
import { SignInOutcome } from './sign-in-outcome.ts';

export interface Credentials {
  username: string;
  password: string;
}

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
   * {@link PortalError}: refused, locked, to be verified, or the portal did not answer.
   */
  async signIn(credentials: Credentials): Promise<void> {
    await this.#formAction(() => this.#fill(credentials));
    await this.#formAction(() => this.#click());
    await this.#outcome(credentials.password);
  }

  async #formAction(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error;
      throw new PortalError('portal_changed', 'the sign-in form cannot be used', { cause: error });
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

  /** Waits until the portal has let us in, and clicks again while the page is deaf to it. */
  async #outcome(password: string): Promise<void> {
    const outcome = new SignInOutcome(password, this.#timeouts);
    while (!outcome.accepted) {
      const event = await this.#events.next(outcome.waitMs());
      if (event) outcome.take(event);
      else if (outcome.expire() === 'click') await this.#click();
    }
  }
}

function selector(part: 'username' | 'password' | 'button'): string {
  return `[${pageMark}=${part}]`;
}
