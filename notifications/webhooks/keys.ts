/** The keys of a webhook, and what is signed with them: the Standard Webhooks specification, symmetric and asymmetric. */
import { createHmac, createPrivateKey, createPublicKey, randomBytes, sign as signWith } from 'node:crypto';
import { z } from 'zod';

const keyText = (prefix: string) => z.string().startsWith(prefix);

/** As they are sealed. */
const webhookKeys = z.object({ secret: keyText('whsec_'), signingKey: keyText('whsk_') });

export type WebhookKeys = z.output<typeof webhookKeys>;

const bytes = 32;

export function newWebhookKeys(): WebhookKeys {
  const key = () => randomBytes(bytes).toString('base64');
  return { secret: `whsec_${key()}`, signingKey: `whsk_${key()}` };
}

export function readWebhookKeys(opened: string): WebhookKeys {
  return webhookKeys.parse(JSON.parse(opened));
}

const rawOf = (key: string) => Buffer.from(key.slice(key.indexOf('_') + 1), 'base64');

/** What comes before a raw ed25519 key in PKCS #8. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

const privateKeyOf = ({ signingKey }: WebhookKeys) =>
  createPrivateKey({ key: Buffer.concat([pkcs8, rawOf(signingKey)]), format: 'der', type: 'pkcs8' });

/** For receivers that would rather not hold a secret. */
export function publicKeyOf(keys: WebhookKeys): string {
  const der = createPublicKey(privateKeyOf(keys)).export({ format: 'der', type: 'spki' });
  return `whpk_${der.subarray(-bytes).toString('base64')}`;
}

/** The header with a signature by each of the keys: during a change of keys, also the ones before. */
export function signatureHeader(keys: WebhookKeys[], id: string, seconds: number, body: string): string {
  const content = Buffer.from(`${id}.${seconds}.${body}`);
  const signatures = keys.flatMap((one) => [
    `v1,${createHmac('sha256', rawOf(one.secret)).update(content).digest('base64')}`,
    `v1a,${signWith(null, content, privateKeyOf(one)).toString('base64')}`,
  ]);
  return signatures.join(' ');
}
