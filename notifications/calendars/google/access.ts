/** What a person's consent on Google's page gives us. */
import { googleScope } from './consent.ts';
import { CalendarError } from '../errors.ts';
import { openGoogleSession, type GoogleOptions, type GoogleSession } from './session.ts';

export type Granted =
  { session: GoogleSession; refreshToken: string } | { refused: 'scope_missing' | 'no_refresh_token' | 'code_used' };

export interface TakenCode {
  code: string;
  verifier: string;
  redirectUri: string;
  /** A partial grant is given back, which ends all access to that account. */
  givesBack: boolean;
}

/** The caller has to close the open session. Throws {@link CalendarError}. */
export async function takeCode(
  options: GoogleOptions,
  { code, verifier: codeVerifier, redirectUri, givesBack }: TakenCode,
): Promise<Granted> {
  const session = openGoogleSession(options, redirectUri);
  try {
    const { data: tokens } = await session.ask(async () => {
      const { tokens: data, res } = await session.client.getToken({ code, codeVerifier });
      return { data, status: res?.status ?? 200 };
    });
    const { refresh_token: refreshToken, access_token: accessToken, scope } = tokens;
    // A person can leave out what was asked for.
    const isMissing = !scope?.split(' ').includes(googleScope);
    if (!isMissing && refreshToken) {
      session.client.setCredentials(tokens);
      return { session, refreshToken };
    }
    const token = refreshToken ?? accessToken;
    if (token && givesBack) await session.revoke(token);
    session.close();
    return { refused: isMissing ? 'scope_missing' : 'no_refresh_token' };
  } catch (error) {
    session.close();
    if (error instanceof CalendarError && error.code === 'access_revoked') return { refused: 'code_used' };
    throw error;
  }
}
