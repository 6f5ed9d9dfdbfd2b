/** The question to a person on Google's own page whether we may write, with a proof that only we can answer for. */
import { createHash, randomBytes } from 'node:crypto';
import type { GoogleApp } from '#platform/google.ts';

/** Only calendars that we made ourselves can be seen and written. */
export const googleScope = 'https://www.googleapis.com/auth/calendar.app.created';

export interface Consent {
  /** Comes back with the answer. */
  state: string;
  /** Shown only together with the code; what goes ahead is its hash. */
  verifier: string;
}

export function newConsent(): Consent {
  return { state: randomBytes(32).toString('base64url'), verifier: randomBytes(48).toString('base64url') };
}

export function consentUrl({ clientId, endpoints }: GoogleApp, redirectUri: string, consent: Consent): string {
  const url = new URL(endpoints.consent);
  const wanted = {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: googleScope,
    // A refresh token, and one each time: a person who agreed before would get none.
    access_type: 'offline',
    prompt: 'consent',
    state: consent.state,
    code_challenge: createHash('sha256').update(consent.verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value);
  return url.href;
}
