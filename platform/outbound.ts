/**
 * Requests to addresses that users give. The name is resolved once for each connection, and the checked address is the one
 * connected to. Redirects are not followed, answers are limited in size and time, and only https leaves this machine, unless the
 * operator allows the target: `OUTBOUND_ALLOW`.
 */
import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './public-addresses.ts';
import { lookUp, resolveName } from './resolve-name.ts';

/** What the operator allows beyond public addresses over https. */
export interface OutboundAllow {
  /** Names, in lower case. */
  hosts: ReadonlySet<string>;
  addresses: BlockList;
}

export const outboundReasons = [
  'address_refused',
  'insecure',
  'bad_certificate',
  'timed_out',
  'too_large',
  'unreachable',
] as const;
export type OutboundReason = (typeof outboundReasons)[number];

/** There was no usable answer. The message names the host and nothing else of the address. */
export class OutboundError extends Error {
  override name = 'OutboundError';
  readonly reason: OutboundReason;

  constructor(reason: OutboundReason, host: string, cause?: unknown) {
    super(`${reason}: ${host}`, { cause });
    this.reason = reason;
  }
}

export interface OutboundRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  signal?: AbortSignal;
}

export interface OutboundLimits {
  /** For one request, from the first look at its name to the last byte of the answer; not for its wait for others. */
  timeoutMs: number;
  maxBytes: number;
  /** Connections to one host; more requests wait for one another. */
  connections: number;
  /** Status and headers are the answer: of a body that is too long, too slow or cut off, what came of it is kept. */
  statusDecides?: boolean;
  /** Instead of the machine's name servers. */
  nameServers?: readonly string[];
}

export interface Outbound {
  /** Throws {@link OutboundError}, or the reason of `signal`. */
  request(url: string | URL, request?: OutboundRequest): Promise<Response>;
  /** Ends its connections. */
  close(): void;
}

const usualLimits: OutboundLimits = { timeoutMs: 30_000, maxBytes: 4_000_000, connections: 4 };

/** Null where an entry is neither a host, an address nor a CIDR. */
export function parseOutboundAllow(list: string): OutboundAllow | null {
  const hosts = new Set<string>();
  const addresses = new BlockList();
  for (const entry of list.split(',').map((part) => part.trim().toLowerCase())) {
    if (entry === '') continue;
    const [address = '', prefix, ...rest] = entry.replace(/^\[(.*)\](\/|$)/, '$1$2').split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    const most = family === 'ipv4' ? 32 : 128;
    const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
    if (isIP(address) !== 0) {
      if (rest.length > 0 || !(bits <= most)) return null;
      addresses.addSubnet(address, bits, family);
    } else if (/^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/.test(entry)) hosts.add(entry);
    else return null;
  }
  return { hosts, addresses };
}

export function createOutbound(allow: OutboundAllow, limits: Partial<OutboundLimits> = {}): Outbound {
  const { timeoutMs, maxBytes, connections, statusDecides = false, nameServers } = { ...usualLimits, ...limits };
  const lookup = checkedLookup(allow, nameServers);
  const options = { keepAlive: true, maxSockets: connections, timeout: timeoutMs, lookup };
  const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
  return {
    async request(target, request = {}) {
      const url = new URL(target);
      refuseUnchecked(url, allow);
      const time = createLimit(timeoutMs);
      const signal = AbortSignal.any([time.signal, ...(request.signal ? [request.signal] : [])]);
      const agent = agents[url.protocol as keyof typeof agents];
      try {
        return await exchange(url, request, { agent, signal, begun: time.begin, maxBytes, statusDecides });
      } catch (error) {
        request.signal?.throwIfAborted();
        throw error instanceof OutboundError
          ? error
          : new OutboundError(time.signal.aborted ? 'timed_out' : reasonOf(error), url.hostname, error);
      } finally {
        time.end();
      }
    },
    close: () => Object.values(agents).forEach((agent) => agent.destroy()),
  };
}

/** Aborts its signal this long after it began. */
function createLimit(ms: number) {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  return {
    signal: limit.signal,
    begin() {
      if (!isOver) timer = setTimeout(() => limit.abort(), ms);
    },
    end() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** Throws {@link OutboundError} where a request to this address would now be refused. */
export async function checkAddress(target: string | URL, allow: OutboundAllow, withinMs = 2_000): Promise<void> {
  const url = new URL(target);
  refuseUnchecked(url, allow);
  const name = bare(url.hostname);
  if (isIP(name) !== 0) return;
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new OutboundError('timed_out', name)), withinMs);
  checkedLookup(allow)(name, { all: true }, (error) => (error ? reject(error) : done()));
  try {
    await promise;
  } catch (error) {
    throw error instanceof OutboundError ? error : new OutboundError(reasonOf(error), name, error);
  } finally {
    clearTimeout(timer);
  }
}

/** What can be checked without resolving the name. */
function refuseUnchecked({ protocol, hostname }: URL, allow: OutboundAllow): void {
  const name = bare(hostname);
  const isNamed = isIP(name) === 0;
  if (!isNamed && !isAllowed(name, allow)) throw new OutboundError('address_refused', hostname);
  if (protocol === 'https:') return;
  const mayBePlain = isNamed ? allow.hosts.has(name) : isListed(name, allow);
  if (protocol !== 'http:' || !mayBePlain) throw new OutboundError('insecure', hostname);
}

const bare = (hostname: string): string => hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();

function isListed(address: string, { addresses }: OutboundAllow): boolean {
  return addresses.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function isAllowed(address: string, allow: OutboundAllow): boolean {
  return isPublicAddress(address) || isListed(address, allow);
}

/** One address that is not allowed refuses the name: it is not for us to pick the good ones. */
function checkedLookup(allow: OutboundAllow, nameServers?: readonly string[]): LookupFunction {
  return (hostname, { all, family }, callback) => {
    const ofFamily = (found: LookupAddress[]) => found.filter((one) => !family || one.family === family);
    addressesOf(hostname, allow, nameServers)
      .then(ofFamily)
      .then((found) => {
        if (found.length === 0) throw new OutboundError('address_refused', hostname);
        if (all) return callback(null, found);
        callback(null, found[0]!.address, found[0]!.family);
      })
      .catch((error: Error) => callback(error, ''));
  };
}

async function addressesOf(
  hostname: string,
  allow: OutboundAllow,
  servers?: readonly string[],
): Promise<LookupAddress[]> {
  const name = bare(hostname);
  // The operator's own word.
  if (allow.hosts.has(name)) return lookUp(hostname);
  const locally = allow.addresses.rules.length > 0;
  const isOurs = /(^|\.)localhost$/.test(name);
  const found = isOurs ? await lookUp(hostname) : await resolveName(name, { locally, ...(servers && { servers }) });
  if (found.every(({ address }) => isAllowed(address, allow))) return found;
  throw new OutboundError('address_refused', hostname);
}

interface Way {
  agent: http.Agent;
  signal: AbortSignal;
  /** Called once there is a connection for it, or one is being made. */
  begun: () => void;
  maxBytes: number;
  statusDecides: boolean;
}

async function exchange(
  url: URL,
  { method = 'GET', headers = {}, body }: OutboundRequest,
  way: Way,
): Promise<Response> {
  const { agent, signal, begun } = way;
  const { promise, resolve: answered, reject } = Promise.withResolvers<http.IncomingMessage>();
  const send = url.protocol === 'https:' ? https.request : http.request;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const request = send(url, {
    method,
    agent,
    signal,
    headers: { ...headers, ...length, 'accept-encoding': 'identity' },
  });
  request.once('socket', begun).on('response', answered).on('error', reject);
  request.on('upgrade', (_, socket) => socket.destroy());
  request.end(body);
  const incoming = await promise;
  const read = await readBody(incoming, url.hostname, way);
  const status = incoming.statusCode ?? 0;
  if (status < 200 || status > 599) throw new OutboundError('unreachable', url.hostname);
  const isBare = [204, 205, 304].includes(status);
  return new Response(isBare ? null : read, { status, headers: headersOf(incoming) });
}

async function readBody(
  incoming: AsyncIterable<Buffer>,
  host: string,
  { maxBytes, statusDecides }: Pick<Way, 'maxBytes' | 'statusDecides'>,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let left = maxBytes;
  try {
    // Leaving the loop early ends the connection.
    for await (const chunk of incoming) {
      chunks.push(chunk.subarray(0, left));
      left -= chunk.length;
      if (left < 0) throw new OutboundError('too_large', host);
    }
  } catch (error) {
    if (!statusDecides) throw error;
  }
  return Buffer.concat(chunks);
}

function headersOf({ rawHeaders }: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
  return headers;
}

/** As Node names what OpenSSL holds against a certificate. */
const certificateCode =
  /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME|^CRL_|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$/;

function reasonOf(error: unknown): OutboundReason {
  const { code = '' } = error as NodeJS.ErrnoException;
  return certificateCode.test(code) ? 'bad_certificate' : 'unreachable';
}
