/** The keys of a webhook, and what is signed with them: the Standard Webhooks specification, symmetric and asymmetric. */
import { createHmac, createPrivateKey, createPublicKey, randomBytes, sign as signWith } from 'node:crypto';
import { z } from 'zod';

const keyText = (prefix: string) => z.string().startsWith(prefix);

/** As they are sealed. */
const webhookKeys = z.object({ secret: keyText('whsec_'), signingKey: keyText('whsk_') });

export type WebhookKeys = z.output<typeof webhookKeys>;

/** Those before the last change, and in `older` what had not ended by then: a receiver may not have taken over a single one since. */
const previousKeys = webhookKeys.extend({
  older: z.array(webhookKeys.extend({ until: z.iso.datetime() })).default([]),
});

const bytes = 32;

/** Each adds two signatures to a header. */
const mostOlder = 4;

export function newWebhookKeys(): WebhookKeys {
  const key = () => randomBytes(bytes).toString('base64');
  return { secret: `whsec_${key()}`, signingKey: `whsk_${key()}` };
}

export function readWebhookKeys(opened: string): WebhookKeys {
  return webhookKeys.parse(JSON.parse(opened));
}

interface Previous {
  /** Opened. */
  text: string;
  /** When the last of them end. */
  until: Date;
}

/** What is kept of the keys before when `keys` end too. */
export function endedKeys(keys: WebhookKeys, before: Previous | null): string {
  const older = before ? readPreviousKeys(before).slice(0, mostOlder) : [];
  return JSON.stringify({ ...keys, older });
}

/** Of the keys before, those that still sign; the oldest first, which a receiver most likely still has. */
export function readPreviousKeys({ text, until }: Previous) {
  const { older, ...last } = previousKeys.parse(JSON.parse(text));
  const all = [...older, { ...last, until: until.toISOString() }];
  return all.filter((one) => Date.parse(one.until) > Date.now());
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
