/** What the portal's answers mean where they are not the page that was asked for. */
import { PortalError } from '#activities/failures.ts';
import type { PageEvent } from '../page-events.ts';
import type { Demand } from '../page-observations.ts';

/** Throws where a document's status says that the portal is not available to us. */
export function assertServed({ status, retryAfterMs }: { status: number; retryAfterMs?: number | undefined }): void {
  const problem = statusError(status, retryAfterMs);
  if (problem) throw problem;
}

/** What an unusual status means; null for those that belong to a visit, "not found" included. */
export function statusError(status: number, retryAfterMs: number | undefined): PortalError | null {
  if (status === 429) {
    return new PortalError('portal_rate_limited', 'the portal answered 429 Too Many Requests', {
      retryAfterMs,
      httpStatus: status,
    });
  }
  if (status === 0) return new PortalError('portal_unavailable', 'a request to the portal failed');
  if (status >= 500 || status === 408) {
    return new PortalError('portal_unavailable', `the portal answered ${status}`, { retryAfterMs, httpStatus: status });
  }
  return null;
}

/** Throws where an event ends the visit whatever we were about to do. */
export function throwIfVisitEnds(event: PageEvent): void {
  const demand = demandOf(event);
  if (demand) throw demand;
  if (event.kind === 'document') assertServed(event);
  if (event.kind === 'script_failure') throw new Error(`the script in the page failed: ${event.message}`);
}

/** The portal leads away from itself. Only operators see where to. */
export function foreignPage({ origin, protocol }: URL): PortalError {
  // Addresses without an origin, such as `data:`, have a scheme.
  const note = `the other site is ${origin === 'null' ? protocol : origin}`;
  return new PortalError('portal_changed', 'the portal leads to another site', { operatorNote: note });
}

const demands: Record<Demand, string> = {
  password: 'Gibney asks for a new password',
  terms: 'Gibney asks for consent to its terms',
  other: 'Gibney asks for something before it shows its pages',
};

/** The portal's own pages for what it wants first, by their addresses. Salesforce's are outside of the site, at `/_ui/`, … */
const demandPaths: [RegExp, Demand][] = [
  [/password/i, 'password'],
  [/terms|consent|agreement|privacy|policy|waiver/i, 'terms'],
  [/^\/(_ui|loginflow|setup|flow)\//i, 'other'],
];

/** The portal lets us in, and wants something from its user before it shows anything. */
export function demandOf(event: PageEvent): PortalError | null {
  if (event.kind === 'page_state' && event.verification) return verificationRequired();
  if (event.kind === 'page_state') return event.demand && actionRequired(event.demand);
  if (event.kind === 'document' && isVerification(event.url)) return verificationRequired();
  if (event.kind !== 'document' || event.status < 200 || event.status >= 300) return null;
  const { pathname } = event.url;
  if (isSignIn(pathname) || pathname.startsWith('/s/booking-item')) return null;
  const found = demandPaths.find(([pattern]) => pattern.test(pathname));
  return found ? actionRequired(found[1]) : null;
}

export function actionRequired(demand: Demand): PortalError {
  return new PortalError('action_required', demands[demand]);
}

/** A page has come that is neither the site's nor one of those that only lead there. */
export function isOutside({ url, status }: { url: URL; status: number }): boolean {
  return status < 300 && !/^\/(s|secur)(\/|$)/.test(url.pathname);
}

export function isSignIn(path: string): boolean {
  return /^\/s\/login(\/|$)/.test(path);
}

export function isVerification(url: URL): boolean {
  return url.pathname.startsWith('/_ui/identity/verification');
}

function verificationRequired(): PortalError {
  return new PortalError('verification_required', 'the portal asks for a verification code');
}

/** A navigation that Playwright gave up, in the portal's terms. The address stays out of the message. */
export function navigationError(error: unknown): PortalError {
  const text = error instanceof Error ? error.message : String(error);
  const code = /net::[A-Z_0-9]+/.exec(text)?.[0];
  const what = code ?? (/Timeout \d+ms exceeded/.test(text) ? 'no answer in time' : 'the page could not be opened');
  return new PortalError('portal_unavailable', `the portal cannot be reached: ${what}`, { cause: error });
}
