/** This service as Google knows it, and where Google is asked. */

export interface GoogleApp {
  clientId: string;
  clientSecret: string;
  endpoints: GoogleEndpoints;
}

export interface GoogleEndpoints {
  /** Where people are asked. */
  consent: string;
  token: string;
  revoke: string;
  /** The root of the APIs. */
  api: string;
}

const google: GoogleEndpoints = {
  consent: 'https://accounts.google.com/o/oauth2/v2/auth',
  token: 'https://oauth2.googleapis.com/token',
  revoke: 'https://oauth2.googleapis.com/revoke',
  api: 'https://www.googleapis.com/',
};

/** @param origin of a server that has the same paths */
export function googleEndpoints(origin?: string): GoogleEndpoints {
  if (!origin) return google;
  const moved = (url: string) => new URL(new URL(url).pathname, origin).href;
  const { consent, token, revoke, api } = google;
  return { consent: moved(consent), token: moved(token), revoke: moved(revoke), api: moved(api) };
}
