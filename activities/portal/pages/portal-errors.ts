/** What the portal's answers mean where they are not the page that was asked for. */
import { PortalProblem } from '#activities/failures.ts';
import type { PageEvent } from '../page-events.ts';

/** Throws where a document's status says that the portal is not there for us. */
export function assertServed({ status, retryAfterMs }: { status: number; retryAfterMs?: number | undefined }): void {
  const problem = statusProblem(status, retryAfterMs);
  if (problem) throw problem;
}

/** What a status other than the usual ones says; null for those that belong to a visit, "not found" included. */
export function statusProblem(status: number, retryAfterMs: number | undefined): PortalProblem | null {
  if (status === 429) {
    return new PortalProblem('portal_rate_limited', 'the portal answered 429 Too Many Requests', { retryAfterMs });
  }
  if (status === 0) return new PortalProblem('portal_unavailable', 'a request to the portal failed');
  if (status >= 500 || status === 408) {
    return new PortalProblem('portal_unavailable', `the portal answered ${status}`, { retryAfterMs });
  }
  return null;
}

/** Throws where an event ends the visit whatever we were about to do. */
export function assertWelcome(event: PageEvent): void {
  if (event.kind === 'document') {
    if (isVerification(event.url)) throw verificationRequired();
    assertServed(event);
  }
  if (event.kind === 'place' && event.verification) throw verificationRequired();
  if (event.kind === 'fault') throw new Error(`the script in the page failed: ${event.message}`);
}

export function isVerification(url: URL): boolean {
  return url.pathname.startsWith('/_ui/identity/verification');
}

function verificationRequired(): PortalProblem {
  return new PortalProblem('verification_required', 'the portal asks for a verification code');
}

/** A navigation that Playwright gave up, in the portal's terms. The address stays out of the message. */
export function navigationProblem(error: unknown): PortalProblem {
  const text = error instanceof Error ? error.message : String(error);
  const code = /net::[A-Z_0-9]+/.exec(text)?.[0];
  const what = code ?? (/Timeout \d+ms exceeded/.test(text) ? 'no answer in time' : 'the page could not be opened');
  return new PortalProblem('portal_unavailable', `the portal cannot be reached: ${what}`, { cause: error });
}
