/** The portal's session as it is kept between syncs: its cookies, nothing else. */
import { z } from 'zod';

const savedSession = z.object({
  version: z.literal(1),
  cookies: z.array(
    z.object({
      name: z.string(),
      value: z.string(),
      domain: z.string(),
      path: z.string(),
      expires: z.number(),
      httpOnly: z.boolean(),
      secure: z.boolean(),
      sameSite: z.enum(['Strict', 'Lax', 'None']),
    }),
  ),
});

export type SessionCookie = z.infer<typeof savedSession>['cookies'][number];

/** The cookies of a saved session that are still good at `now`; none where it is not a saved session. */
export function parseSession(text: string, now = Date.now()): SessionCookie[] {
  const parsed = savedSession.safeParse(tryJson(text));
  if (!parsed.success) return [];
  return parsed.data.cookies.filter(({ expires }) => expires < 0 || expires * 1_000 > now);
}

/** Cookies as a text to be sealed; the same cookies always make the same text. */
export function serializeSession(cookies: SessionCookie[]): string {
  const kept = cookies.map(({ name, value, domain, path, expires, httpOnly, secure, sameSite }) => {
    return { name, value, domain, path, expires, httpOnly, secure, sameSite };
  });
  const key = ({ domain, path, name }: SessionCookie) => `${domain} ${path} ${name}`;
  return JSON.stringify({ version: 1, cookies: kept.sort((a, b) => (key(a) < key(b) ? -1 : 1)) });
}

/**
 * By these the portal knows the browser again when it signs in; from a browser that it does not know it wants a code.
 * Salesforce's session itself is the cookie `sid`.
 */
export function isLasting({ name, expires }: Pick<SessionCookie, 'name' | 'expires'>): boolean {
  return expires >= 0 && name !== 'sid';
}

/** What is left of a saved session without the session itself; null where that is nothing. */
export function withoutSession(text: string): string | null {
  const lasting = parseSession(text).filter(isLasting);
  return lasting.length > 0 ? serializeSession(lasting) : null;
}

/** Whether two serialized sessions hold different cookies; a longer lifetime of the same ones does not count. */
export function sessionChanged(before: string | null, after: string): boolean {
  const essence = (text: string) => parseSession(text, 0).map(({ expires: _, ...rest }) => rest);
  return before === null || JSON.stringify(essence(before)) !== JSON.stringify(essence(after));
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a session that an older version kept in another form
  }
}
