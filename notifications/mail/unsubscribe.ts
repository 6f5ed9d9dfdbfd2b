/** Links with which anybody who got a mail ends these mails, without a sign-in. They are good for as long as the key that sealed them. */
import { secretContext, SecretsError, type Secrets } from '#db/secrets.ts';

export function unsubscribeUrlOf(secrets: Pick<Secrets, 'seal'>, publicUrl: string, targetId: string): string {
  return `${publicUrl}/unsubscribe/${secrets.seal(targetId, secretContext.unsubscribe)}`;
}

/** The target; null where the token is not ours. */
export function readUnsubscribe(secrets: Pick<Secrets, 'open'>, token: string): string | null {
  try {
    return secrets.open(token, secretContext.unsubscribe);
  } catch (error) {
    if (error instanceof SecretsError) return null;
    throw error;
  }
}
