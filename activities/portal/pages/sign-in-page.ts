import { PortalError } from '#activities/failures.ts';
import type { PortalPage } from '../portal-page.ts';
import type { PortalTimeouts } from '../portal-timeouts.ts';
import { SignInOutcome } from './sign-in-outcome.ts';

export interface Credentials {
  username: string;
  password: string;
}

/** The form that any page of the portal turns into while signed out. */
export class SignInPage {
  readonly #page: PortalPage;
  readonly #timeouts: PortalTimeouts;

  constructor(page: PortalPage, timeouts: PortalTimeouts) {
    this.#page = page;
    this.#timeouts = timeouts;
  }

  /**
   * Fills in the form, sends it once, and returns when the portal has let us in, with what it wants first, if anything. The
   * form must be there. Throws {@link PortalError}: refused, locked, to be verified, or the portal did not answer.
   */
  async signIn(credentials: Credentials): Promise<PortalError | null> {
    const outcome = new SignInOutcome(credentials.password, this.#timeouts);
    await this.#click(credentials, outcome);
    while (!outcome.accepted) {
      const event = await this.#page.events.next(outcome.waitMs());
      if (event) outcome.take(event);
      else if (outcome.expire() === 'click') await this.#click(credentials, outcome);
    }
    return outcome.demand;
  }

  async #click(credentials: Credentials, outcome: SignInOutcome): Promise<void> {
    await this.#send(credentials);
    outcome.clicked();
  }

  /** Where the page went away meanwhile, the events tell what comes of it. */
  async #send({ username, password }: Credentials): Promise<void> {
    if ((await this.#page.act('signIn', [username, password], this.#timeouts.verdictMs)) !== 'late') return;
    throw new PortalError('portal_changed', 'the sign-in form cannot be used');
  }
}
