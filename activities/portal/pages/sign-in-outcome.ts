import type { Request } from 'playwright';
import { PortalError } from '#activities/failures.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { PageEvent } from '../page-events.ts';
import type { PageStateObservation } from '../page-observations.ts';
import type { PortalTimeouts } from '../portal-timeouts.ts';
import { demandOf, isOutside, isSignIn, isVerification, statusError, throwIfVisitEnds } from './portal-errors.ts';

const locked = /\b(is|been|account|temporarily)\b[^.]{0,40}\blocked\b|\blocked out\b/i;
/** Words that warn of a lock that is not in place yet. */
const mayLock = /\b(will|would|may|might|could|can)\b[^.]{0,40}\blocked\b/i;
const refused = /login attempt has failed|username and password are correct/i;
/** Words of a refusal, in whatever sentence. */
const refusing =
  /password|user ?name|credential|valid|incorrect|wrong|fail|error|denied|try again|disabled|expired|can.?t |cannot|unable/i;
/** Words that only pass the time. */
const busy = /^\W*(loading|please wait|one moment|logging in|signing in|redirecting)\b[^.!]{0,40}\W*$/i;

const maxClicks = 3;

/** What it means when nothing more comes of a sign-in. */
const endings = {
  refused: ['invalid_credentials', 'the portal refused the sign-in'],
  unanswered: ['portal_unavailable', 'the portal did not answer the sign-in in time'],
  // Sending the password again to find out more could lock the account.
  undecided: ['portal_changed', 'the portal neither accepted nor refused the sign-in'],
  down: ['portal_unavailable', 'the portal says that it is not available'],
  held: ['action_required', 'Gibney shows a page of its own after the sign-in'],
} as const satisfies Record<string, [FailureKind, string]>;

/** How far a sign-in is, how long the next news is waited for, and what follows where none comes. */
const states = {
  /** The page has done nothing yet: its button may have been there before the script behind it. No password was sent. */
  clicked: { waitFor: 'clickResponseMs', then: 'click' },
  clickedOften: { waitFor: 'signInMs', then: 'unanswered' },
  /** A text came without any request. */
  protested: { waitFor: 'clickResponseMs', then: 'refused' },
  sent: { waitFor: 'signInMs', then: 'unanswered' },
  /** A text came before the answer. */
  sentAndTold: { waitFor: 'signInMs', then: 'refused' },
  answered: { waitFor: 'verdictMs', then: 'undecided' },
  /** A text came that may be about something other than the sign-in, or only passes the time on the way in. */
  told: { waitFor: 'verdictMs', then: 'refused' },
  /** Text or status is that of a refusal. */
  refused: { waitFor: 'settleMs', then: 'refused' },
  /** The page is on its way to another one. */
  leaving: { waitFor: 'signInMs', then: 'unanswered' },
  /** It is on a page outside of the site, which may only lead on. */
  outside: { waitFor: 'verdictMs', then: 'held' },
  down: { waitFor: 'settleMs', then: 'down' },
} as const satisfies Record<string, { waitFor: keyof PortalTimeouts; then: 'click' | keyof typeof endings }>;

/** What the portal makes of the credentials, from what happens after the form was sent. */
export class SignInOutcome {
  accepted = false;
  /** What the portal wants before it shows its pages, once it has accepted us. */
  demand: PortalError | null = null;
  readonly #password: string;
  readonly #timeouts: PortalTimeouts;
  #clicks = 1;
  #sending = false;
  #request: Request | null = null;
  #status: number | null = null;
  #message: string | null = null;
  #leaving = false;
  #outside = false;
  #down = false;
  #state: keyof typeof states = 'clicked';
  #since = Date.now();

  constructor(password: string, timeouts: PortalTimeouts) {
    this.#password = password;
    this.#timeouts = timeouts;
  }

  /** The form was filled in and its button clicked, which takes its time on a slow page: the wait begins now. */
  clicked(): void {
    this.#since = Date.now();
  }

  waitMs(): number {
    return this.#since + this.#timeouts[states[this.#state].waitFor] - Date.now();
  }

  /** Throws {@link PortalError} where the event says that we are not let in. */
  take(event: PageEvent): void {
    this.demand = demandOf(event);
    this.accepted = this.demand !== null && !(event.kind === 'page_state' && event.form);
    if (this.accepted) return;
    throwIfVisitEnds(event);
    if (event.kind === 'asked') this.#sent(event);
    if (event.kind === 'answered' && event.request === this.#request) this.#answered(event);
    if (event.kind === 'leaving') this.#left(event);
    if (event.kind === 'document') this.#outside = isOutside(event);
    if (event.kind === 'page_state') this.#look(event);
    // Each of several redirects may take its time.
    this.#enter(this.#next(), event.kind === 'leaving');
  }

  /** Nothing more came in time: the button wants another click, or else throws {@link PortalError}. */
  expire(): 'click' {
    const { then } = states[this.#state];
    if (then !== 'click') throw ending(then);
    this.#clicks += 1;
    this.#enter(this.#next(), true);
    return then;
  }

  #enter(state: keyof typeof states, again: boolean): void {
    if (state !== this.#state || again) this.#since = Date.now();
    this.#state = state;
  }

  #next(): keyof typeof states {
    if (this.#down) return 'down';
    if (this.#leaving) return this.#outside ? 'outside' : 'leaving';
    const told = this.#message !== null;
    if (this.#status !== null) {
      if (!told) return 'answered';
      return refusing.test(this.#message!) || this.#status >= 400 ? 'refused' : 'told';
    }
    if (this.#sending) return told ? 'sentAndTold' : 'sent';
    if (told) return 'protested';
    return this.#clicks < maxClicks ? 'clicked' : 'clickedOften';
  }

  #sent({ carries, request }: Extract<PageEvent, { kind: 'asked' }>): void {
    if (carries(this.#password)) this.#request = request;
    this.#sending = true;
  }

  #answered({ status, retryAfterMs }: Extract<PageEvent, { kind: 'answered' }>): void {
    const error = statusError(status, retryAfterMs);
    if (error) throw error;
    this.#status = status;
  }

  /** Once the page goes to a page behind the sign-in, its session exists: the answer to the form brought it. */
  #left({ url, posts }: Extract<PageEvent, { kind: 'leaving' }>): void {
    this.#leaving = true;
    this.#sending ||= posts;
    this.accepted = url.pathname.startsWith('/s/') && !isSignIn(url.pathname) && !isVerification(url);
  }

  #look({ form, listLink, message, unavailable }: PageStateObservation): void {
    this.#down = unavailable && !form;
    if (message !== null && locked.test(message) && !mayLock.test(message))
      throw new PortalError('account_locked', 'the portal says that the account is locked');
    if (message !== null && refused.test(message)) throw ending('refused');
    if (form && this.#leaving) this.#formAgain();
    this.#message = form && message !== null && !busy.test(message) ? message : null;
    if (!form && listLink !== null) this.accepted = true;
  }

  /** The page went, and is the form once more: it was only loaded anew, or else nothing says why it is back. */
  #formAgain(): void {
    if (this.#sending) throw ending('undecided');
    this.#leaving = false;
  }
}

function ending(how: keyof typeof endings): PortalError {
  const [kind, message] = endings[how];
  return new PortalError(kind, message);
}
