/** Digest sign-in (RFC 7616), which is what Baïkal asks for unless it is told otherwise. */
import { createHash, randomBytes } from 'node:crypto';

export interface DigestChallenge {
  realm: string;
  nonce: string;
  opaque: string | undefined;
  /** As the server wrote it; none: MD5. */
  algorithm: string | undefined;
  /** False: as of old, without a count of requests. */
  counts: boolean;
  /** The answer was right, but for a nonce that is no longer good. */
  isStale: boolean;
}

type Parameters = Record<string, string>;

const hashes = new Map([
  ['md5', 'md5'],
  ['sha-256', 'sha256'],
]);

/** The best of what the server offers; null where it takes Basic, or nothing that we know. */
export function digestChallenge(header: string | null): DigestChallenge | null {
  // Header bytes are read as Latin-1, and servers write UTF-8.
  const offered = challengesOf(Buffer.from(header ?? '', 'latin1').toString('utf8'));
  if (offered.some(({ scheme }) => scheme === 'basic')) return null;
  const known = offered.flatMap(({ scheme, parameters }) => (scheme === 'digest' ? (asDigest(parameters) ?? []) : []));
  return known.find((one) => hashOf(one) === 'sha256') ?? known[0] ?? null;
}

function asDigest({ realm, nonce, opaque, algorithm, qop, stale }: Parameters): DigestChallenge | null {
  if (realm === undefined || nonce === undefined) return null;
  const ways = qop?.split(',').map((one) => one.trim().toLowerCase());
  const isStale = stale?.toLowerCase() === 'true';
  const challenge = { realm, nonce, opaque, algorithm, counts: ways !== undefined, isStale };
  return hashOf(challenge) && (ways?.includes('auth') ?? true) ? challenge : null;
}

const hashOf = ({ algorithm = 'md5' }: Pick<DigestChallenge, 'algorithm'>) =>
  hashes.get(algorithm.toLowerCase().replace(/-sess$/, ''));

const name = String.raw`[\w!#$%&'*+.^|~-]+`;
const part = new RegExp(String.raw`(${name})(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,]+))?`, 'g');

/** A name alone begins a challenge, and what has a value belongs to it. */
function challengesOf(header: string): { scheme: string; parameters: Parameters }[] {
  const all: { scheme: string; parameters: Parameters }[] = [];
  for (const [, key, value] of header.matchAll(part)) {
    if (value === undefined) all.push({ scheme: key!.toLowerCase(), parameters: {} });
    else if (all.length > 0) all.at(-1)!.parameters[key!.toLowerCase()] = unquoted(value);
  }
  return all;
}

const unquoted = (value: string): string =>
  value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;

/** Answers one challenge, as often as the server takes that. The password itself is never sent. */
export function createDigest(
  challenge: DigestChallenge,
  { username, password }: { username: string; password: string },
  cnonce = randomBytes(16).toString('hex'),
): (method: string, url: URL) => string {
  const { realm, nonce, opaque, algorithm, counts } = challenge;
  const hash = (...texts: string[]) => createHash(hashOf(challenge)!).update(texts.join(':')).digest('hex');
  const person = hash(username, realm, password);
  const isSession = /-sess$/i.test(algorithm ?? '');
  const secret = isSession ? hash(person, nonce, cnonce) : person;
  let requests = 0;
  return (method, { pathname, search }) => {
    const uri = pathname + search;
    const nc = (requests += 1).toString(16).padStart(8, '0');
    const asked = hash(method, uri);
    const response = counts ? hash(secret, nonce, nc, cnonce, 'auth', asked) : hash(secret, nonce, asked);
    const quoted = {
      username,
      realm,
      nonce,
      uri,
      response,
      ...(opaque !== undefined && { opaque }),
      ...((counts || isSession) && { cnonce }),
    };
    const bare = { ...(algorithm !== undefined && { algorithm }), ...(counts && { qop: 'auth', nc }) };
    const parts = [
      ...Object.entries(quoted).map(([key, value]) => `${key}="${value.replace(/["\\]/g, '\\$&')}"`),
      ...Object.entries(bare).map(([key, value]) => `${key}=${value}`),
    ];
    // Headers are written byte by byte, and servers read the name as UTF-8.
    return Buffer.from(`Digest ${parts.join(', ')}`, 'utf8').toString('latin1');
  };
}
