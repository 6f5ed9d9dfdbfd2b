/** The configured keys by which push services know this service (RFC 8292). */
import { createECDH, generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';
import { lookup } from 'node:dns/promises';

export interface Vapid {
  /** Base64url, as browsers want it. */
  publicKey: string;
  privateKey: string;
  /** The address a push service writes to: `mailto:` or `https:`. */
  subject: string;
}

const curve = 'prime256v1';
const base64url = /^[A-Za-z0-9_-]+$/;

export const isVapidPublicKey = (value: string): boolean =>
  base64url.test(value) && Buffer.from(value, 'base64url').length === 65 && Buffer.from(value, 'base64url')[0] === 4;

export const isVapidPrivateKey = (value: string): boolean =>
  base64url.test(value) && Buffer.from(value, 'base64url').length === 32;

/** Whether the two were made together. */
export function areVapidPair({ publicKey, privateKey }: Pick<Vapid, 'publicKey' | 'privateKey'>): boolean {
  const pair = createECDH(curve);
  pair.setPrivateKey(privateKey, 'base64url');
  return pair.getPublicKey('base64url') === publicKey;
}

/** `public private`, both in base64url. */
export function newVapidKeys(): string {
  const { x, y, d } = generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ format: 'jwk' });
  const point = [x, y].map((part) => Buffer.from(part!, 'base64url'));
  return `${Buffer.concat([Buffer.from([4]), ...point]).toString('base64url')} ${d}`;
}

/** Names that mean something on one machine or network only; Apple answers 403 if the subject holds one. */
const notPublic = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|invalid|test|example)$/i;

/** Whether push services could write there. */
export function isVapidSubject(value: string): boolean {
  const name = hostOf(value);
  return name !== null && name.includes('.') && isIP(name) === 0 && !notPublic.test(name);
}

function hostOf(subject: string): string | null {
  const mail = /^mailto:[^\s@:]+@([^\s@:/?]+)$/.exec(subject);
  if (mail) return mail[1]!;
  return URL.canParse(subject) && new URL(subject).protocol === 'https:' ? new URL(subject).hostname : null;
}

/** False where the name service says that there is no such name. Where it does not answer, nothing is known, which counts as true. */
export async function isVapidSubjectFound({ subject }: Vapid, resolve: typeof lookup = lookup): Promise<boolean> {
  try {
    await resolve(hostOf(subject)!);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOTFOUND';
  }
}
