/**
 * A push service over https, as browsers' makers run them (`plain`: over http, for services that know nothing of its certificate): it checks who sends (RFC 8292), opens what was sent as the
 * browser would (RFC 8291), by Node's own cryptography, and answers as a test says.
 */
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, randomUUID, verify } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { PushedNotification } from '#notifications/push/message.ts';
import { keyPair, showCertificate, tlsFixture, type CertificateName } from '#tests/support/tls.ts';

export interface PushCall {
  path: string;
  headers: IncomingHttpHeaders;
  /** Of the body as it came. */
  bytes: number;
  claims: { aud: string; exp: number; sub: string };
  message: { web_push: number; notification: PushedNotification };
}

export interface Browser {
  endpoint: string;
  keys: { p256dh: string; auth: string };
}

export async function startPushService({ plain = false } = {}) {
  if (!plain) setDefaultCACertificates([...getCACertificates('default'), readFileSync(tlsFixture('ca.pem'), 'utf8')]);
  const subscribers = new Map<string, { open(body: Buffer): string }>();
  const calls: PushCall[] = [];
  const usual = (response: ServerResponse) => void response.writeHead(201, { location: '/m/1' }).end();
  let answer: (response: ServerResponse, call: PushCall) => unknown = usual;
  let origin = '';
  const listener: RequestListener = (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const subscriber = subscribers.get(request.url!);
      if (!subscriber) return response.writeHead(410).end();
      const claims = claimsOf(request.headers.authorization ?? '');
      if (claims.aud !== origin) return response.writeHead(403).end(`not for ${origin}`);
      const message = JSON.parse(subscriber.open(body)) as PushCall['message'];
      const call = { path: request.url!, headers: request.headers, bytes: body.length, claims, message };
      calls.push(call);
      answer(response, call);
    });
  };
  const secured = plain ? null : createServer(keyPair('server'), listener);
  const server = secured ?? createPlainServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `${plain ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    calls,
    answers: (next: typeof answer) => void (answer = next),
    reset() {
      calls.length = 0;
      answer = usual;
    },
    /** As a browser that was just allowed to show notifications. */
    subscribe(): Browser {
      const path = `/push/${randomUUID()}`;
      const [ecdh, auth] = [createECDH('prime256v1'), randomBytes(16)];
      ecdh.generateKeys();
      subscribers.set(path, { open: (body) => opened(body, ecdh, auth) });
      const keys = { p256dh: ecdh.getPublicKey('base64url'), auth: auth.toString('base64url') };
      return { endpoint: origin + path, keys };
    },
    certificate: (name: CertificateName) => showCertificate(secured!, name),
    close: () => (server.closeAllConnections(), server.close()),
  };
}

export type PushService = Awaited<ReturnType<typeof startPushService>>;

const derive = (salt: Buffer, key: Buffer, info: Buffer | string, length: number) =>
  Buffer.from(hkdfSync('sha256', key, salt, info, length));

function opened(body: Buffer, ecdh: ReturnType<typeof createECDH>, auth: Buffer): string {
  const [salt, length] = [body.subarray(0, 16), body[20]!];
  const [senderKey, sealed] = [body.subarray(21, 21 + length), body.subarray(21 + length)];
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), ecdh.getPublicKey(), senderKey]);
  const key = derive(auth, ecdh.computeSecret(senderKey), info, 32);
  const content = derive(salt, key, 'Content-Encoding: aes128gcm\0', 16);
  const decipher = createDecipheriv('aes-128-gcm', content, derive(salt, key, 'Content-Encoding: nonce\0', 12));
  decipher.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  return plain.subarray(0, plain.lastIndexOf(2)).toString();
}

function claimsOf(authorization: string): PushCall['claims'] {
  const [, token, key] = /^vapid t=([^,]+), ?k=([^,]+)$/i.exec(authorization)!;
  const [head, payload, signature] = token!.split('.');
  const point = Buffer.from(key!, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33, 65)].map((part) => part.toString('base64url'));
  const signer = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  const signed = Buffer.from(`${head}.${payload}`);
  const isGood = verify(
    'sha256',
    signed,
    { key: signer, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature!, 'base64url'),
  );
  if (!isGood) throw new Error('the signature is wrong');
  return JSON.parse(Buffer.from(payload!, 'base64url').toString()) as PushCall['claims'];
}
