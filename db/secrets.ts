/**
 * Sealing of what must not be readable in the database. A sealed value is `v1.<key id>.<iv>.<ciphertext>.<tag>`
 * (AES-256-GCM, base64url). The place where it is kept is bound in, so a value moved to another row does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EncryptionKey } from '#platform/config.ts';

export interface Secrets {
  /** Seals with the newest key. `aad` names the place, as `portal_accounts:<id>:password`. */
  seal(plain: string, aad: string): string;
  /** Throws {@link SecretsError} where the value was not sealed for this place or its key is not known. */
  open(sealed: string, aad: string): string;
  /** The id of the key that a value was sealed with. Throws {@link SecretsError} where it is not a sealed value. */
  keyIdOf(sealed: string): string;
  /** The id of the key that new values are sealed with. */
  readonly currentKeyId: string;
}

/** A sealed value that cannot be opened. The message names the key and never the value. */
export class SecretsError extends Error {
  override name = 'SecretsError';
}

const version = 'v1';
const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** Places of the secrets, in one spot, since a value opens only with the words it was sealed with. */
export const secretContext = {
  portalPassword: (portalAccountId: string) => `portal_accounts:${portalAccountId}:password`,
  portalSession: (portalAccountId: string) => `portal_accounts:${portalAccountId}:session`,
  twoFactor: (id: string) => `two_factor:${id}:secret`,
  targetSecret: (targetId: string) => `delivery_targets:${targetId}:secret`,
  calendarPassword: (connectionId: string) => `calendar_connections:${connectionId}:password`,
  /** Between the two steps of connecting a calendar; never stored. */
  calendarSetup: (userId: string) => `calendar_setup:${userId}`,
  /** While a person is asked on Google's page; kept by their browser only. */
  googleConsent: (sessionId: string) => `google_consent:${sessionId}`,
  /** What a link in a mail says; never stored. */
  unsubscribe: 'unsubscribe',
  feedToken: (feedId: string) => `calendar_feeds:${feedId}:token`,
  callSheetToken: (sheetId: string) => `call_sheets:${sheetId}:token`,
};

/** @param keys the newest first; the others only open. */
export function createSecrets(keys: EncryptionKey[]): Secrets {
  const [current] = keys;
  if (!current) throw new SecretsError('there is no encryption key');
  const keyOf = (id: string): Buffer => {
    const found = keys.find((key) => key.id === id);
    if (!found) throw new SecretsError(`the encryption key "${id}" is not among the configured ones`);
    return found.key;
  };
  return {
    currentKeyId: current.id,
    seal: (plain, aad) => sealWith(current, plain, aad),
    open(sealed, aad) {
      const parts = split(sealed);
      return openWith(keyOf(parts.keyId), parts, aad);
    },
    keyIdOf: (sealed) => split(sealed).keyId,
  };
}

function sealWith({ id, key }: EncryptionKey, plain: string, aad: string): string {
  const iv = randomBytes(ivBytes);
  const sealing = createCipheriv(cipher, key, iv, { authTagLength: tagBytes }).setAAD(bound(id, aad));
  const text = Buffer.concat([sealing.update(plain, 'utf8'), sealing.final()]);
  return [version, id, ...[iv, text, sealing.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
}

function openWith(key: Buffer, { keyId, iv, text, tag }: Parts, aad: string): string {
  try {
    const opening = createDecipheriv(cipher, key, iv, { authTagLength: tagBytes })
      .setAAD(bound(keyId, aad))
      .setAuthTag(tag);
    return Buffer.concat([opening.update(text), opening.final()]).toString('utf8');
  } catch {
    // Whatever OpenSSL says, it means one of the two, and its words help nobody.
    throw new SecretsError(`a value sealed with key "${keyId}" is damaged or belongs elsewhere`);
  }
}

interface Parts {
  keyId: string;
  iv: Buffer;
  text: Buffer;
  tag: Buffer;
}

function split(sealed: string): Parts {
  const [found, keyId, iv, text, tag, ...rest] = sealed.split('.');
  if (found !== version || !keyId || !iv || text === undefined || !tag || rest.length > 0)
    throw new SecretsError('not a sealed value');
  const bytes = (part: string) => Buffer.from(part, 'base64url');
  return { keyId, iv: bytes(iv), text: bytes(text), tag: bytes(tag) };
}

function bound(keyId: string, aad: string): Buffer {
  return Buffer.from(`${version}.${keyId}.${aad}`, 'utf8');
}
