/**
 * A small CalDAV server that has the quirks of the big ones: ETags that are weak or missing, objects that it rewrites, UIDs
 * that are taken elsewhere, and whatever else a test makes it answer.
 */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { DavLogin } from '#notifications/calendars/dav-session.ts';
import { keyPair, showCertificate, type CertificateName } from './tls.ts';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface StandInCalendar {
  url: string;
  login: DavLogin;
  /** Calendars by path, with their objects by path. */
  calendars: Map<string, { name: string }>;
  objects: Map<string, string>;
  asked: Asked[];
  quirks: Quirks;
  /** Of one that was started with `tls`. */
  certificate(name: CertificateName): void;
  close(): Promise<void>;
}

interface Quirks {
  /** `put-weak`: weak on PUT, strong on GET (GMX); `put-none`: none on PUT (Nextcloud, where it rewrites). */
  etags: 'strong' | 'put-weak' | 'put-none' | 'weak' | 'none';
  /** What becomes of an object that is stored. */
  rewrite: (object: string) => string;
  /** UIDs that another calendar or the trash has. */
  taken: Set<string>;
  /** `digest`: Baïkal, as it is installed. Each nonce is good for so many requests. */
  signIn: 'any' | { digest: 'MD5' | 'SHA-256'; requests: number };
  /** How it says that a UID is taken: by the rule's name (Cyrus, RFC 4791), or in words and as a bad request (Nextcloud). */
  saysTaken: 'rule' | 'words';
  /** Answers in the server's place; true where it did. */
  answer: (asked: Asked, response: ServerResponse) => boolean | Promise<boolean>;
  /** Said to be stored, and the connection cut before the answer. */
  cutAfterPut: boolean;
  /** What the person may do in their calendars. */
  privileges: string;
  /** Deleted calendars that are still there, as Nextcloud has them: of another type, and with their objects. */
  trashed: Set<string>;
}

const home = '/dav/calendars/ann/';
const xml = (inner: string) =>
  `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">${inner}</d:multistatus>`;
const found = (href: string, props: string) =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;
const problem =
  '<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:no-uid-conflict/></d:error>';

const inWords = `<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>Sabre\\DAV\\Exception\\BadRequest</s:exception>
  <s:message>Calendar object with uid already exists in this calendar collection.</s:message></d:error>`;

export async function startStandInCalendar({ tls = false } = {}): Promise<StandInCalendar> {
  const calendars = new Map([[`${home}home/`, { name: 'Home' }]]);
  const objects = new Map<string, string>();
  const asked: Asked[] = [];
  const quirks: Quirks = {
    etags: 'strong',
    rewrite: (object) => object,
    taken: new Set(),
    saysTaken: 'rule',
    signIn: 'any',
    answer: () => false,
    cutAfterPut: false,
    privileges: '<d:privilege><d:read/></d:privilege><d:privilege><d:write/></d:privilege>',
    trashed: new Set(),
  };
  function collection(path: string, name: string): string {
    const type = quirks.trashed.has(path) ? '<n:deleted-calendar xmlns:n="http://nextcloud.com/ns"/>' : '<c:calendar/>';
    return [
      `<d:resourcetype><d:collection/>${type}</d:resourcetype><d:displayname>${name}</d:displayname>`,
      `<d:current-user-privilege-set>${quirks.privileges}</d:current-user-privilege-set>`,
    ].join('');
  }
  const etagOf = (path: string) => createHash('sha256').update(objects.get(path)!).digest('hex').slice(0, 12);

  function etagHeader(path: string, isPut: boolean): Record<string, string> {
    const { etags } = quirks;
    if (etags === 'none' || (isPut && etags === 'put-none')) return {};
    return { etag: `${etags === 'weak' || (isPut && etags === 'put-weak') ? 'W/' : ''}"${etagOf(path)}"` };
  }

  function put({ path, headers, body }: Asked, response: ServerResponse): void {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (!calendars.has(folder)) return void response.writeHead(409).end();
    const exists = objects.has(path);
    if (exists && headers['if-none-match'] === '*') return void response.writeHead(412).end();
    if (headers['if-match'] && !(exists && headers['if-match'] === `"${etagOf(path)}"`))
      return void response.writeHead(412).end();
    const uid = /^UID:(.*)$/m.exec(body)![1]!.trim();
    const isElsewhere = [...objects].some(([other, text]) => other !== path && text.includes(`UID:${uid}\r\n`));
    if (isElsewhere || quirks.taken.has(uid)) {
      const [status, text] = quirks.saysTaken === 'rule' ? [403, problem] : [400, inWords];
      return void response.writeHead(status, { 'content-type': 'text/xml' }).end(text);
    }
    objects.set(path, quirks.rewrite(body));
    if (quirks.cutAfterPut) return void response.destroy();
    response.writeHead(exists ? 204 : 201, etagHeader(path, true)).end();
  }

  function propfind({ path, headers }: Asked, response: ServerResponse): void {
    const principal = '<d:current-user-principal><d:href>/dav/principals/ann/</d:href></d:current-user-principal>';
    const homeSet = `<c:calendar-home-set><d:href>${home}</d:href></c:calendar-home-set>`;
    const calendar = calendars.get(path);
    const answers: Record<string, string> = {
      '/dav/': found('/dav/', principal),
      '/dav/principals/ann/': found('/dav/principals/ann/', homeSet),
      [home]: [
        found(home, '<d:resourcetype><d:collection/></d:resourcetype>'),
        ...(headers.depth === '1' ? [...calendars].map(([href, { name }]) => found(href, collection(href, name))) : []),
      ].join(''),
      ...(calendar && { [path]: found(path, collection(path, calendar.name)) }),
    };
    const inner = answers[path];
    if (path === '/.well-known/caldav') return void response.writeHead(301, { location: '/dav/' }).end();
    if (inner === undefined) return void response.writeHead(404).end();
    response.writeHead(207, { 'content-type': 'application/xml' }).end(xml(inner));
  }

  function report({ path, body }: Asked, response: ServerResponse): void {
    if (!calendars.has(path)) return void response.writeHead(404).end();
    if (body.includes('time-range')) {
      const own = [...objects].filter(([href]) => href.startsWith(path));
      const data = own.map(([href, text]) => found(href, `<c:calendar-data><![CDATA[${text}]]></c:calendar-data>`));
      return void response.writeHead(207, { 'content-type': 'application/xml' }).end(xml(data.join('')));
    }
    const uid = />([^<>]+)<\/c:text-match>/.exec(body)?.[1] ?? '';
    const hits = [...objects].filter(([href, text]) => href.startsWith(path) && text.includes(`UID:${uid}\r\n`));
    const inner = hits.map(([href]) => found(href, `<d:getetag>"${etagOf(href)}"</d:getetag>`)).join('');
    response.writeHead(207, { 'content-type': 'application/xml' }).end(xml(inner));
  }

  function serve(request: Asked, response: ServerResponse): void {
    const { method, path, headers } = request;
    const object = objects.get(path);
    if (method === 'PUT') return put(request, response);
    if (method === 'PROPFIND') return propfind(request, response);
    if (method === 'REPORT') return report(request, response);
    if (method === 'MKCALENDAR') {
      calendars.set(path, { name: /displayname>([^<]*)</.exec(request.body)![1]! });
      return void response.writeHead(201).end();
    }
    if (object === undefined) return void response.writeHead(404).end();
    if (method === 'GET') return void response.writeHead(200, etagHeader(path, false)).end(object);
    if (headers['if-match'] && headers['if-match'] !== `"${etagOf(path)}"`) return void response.writeHead(412).end();
    objects.delete(path);
    response.writeHead(204).end();
  }

  let nonce = { value: '', left: 0 };
  /** Null: it is signed in. */
  function challengeFor({ method, url, headers: { authorization = '' } }: IncomingMessage): string | null {
    const { signIn } = quirks;
    if (signIn === 'any') return authorization ? null : 'Basic realm="stand-in"';
    const said = (key: string) => new RegExp(`[ ,]${key}="?([^",]*)`).exec(authorization)?.[1] ?? '';
    const hash = (text: string) =>
      createHash(signIn.digest === 'MD5' ? 'md5' : 'sha256')
        .update(text)
        .digest('hex');
    const asked = hash(`${method}:${url}`);
    const counted = `${nonce.value}:${said('nc')}:${said('cnonce')}:auth`;
    const wanted = hash(`${hash('ann:Baïkal, "DAV":app-pass')}:${counted}:${asked}`);
    const isGood = said('uri') === url && said('nonce') === nonce.value && said('response') === wanted;
    if (isGood && nonce.left > 0 && (nonce.left -= 1) >= 0) return null;
    nonce = { value: randomUUID(), left: signIn.requests };
    const offer = `realm="Baïkal, \\"DAV\\"", qop="auth,auth-int", nonce="${nonce.value}", opaque="0, Basic x"`;
    // Header bytes are written as Latin-1.
    return Buffer.from(`Digest ${offer}, algorithm=${signIn.digest}`, 'utf8').toString('latin1');
  }

  const listener: RequestListener = (incoming, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString('utf8');
      const request = { method: incoming.method!, path: incoming.url!, headers: incoming.headers, body };
      asked.push(request);
      if (await quirks.answer(request, response)) return;
      const challenge = challengeFor(incoming);
      if (challenge !== null) return void response.writeHead(401, { 'www-authenticate': challenge }).end();
      serve(request, response);
    })();
  };
  const secured = tls ? createTlsServer(keyPair('server'), listener) : null;
  const server = secured ?? createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    login: { url, username: 'ann', password: 'app-pass' },
    calendars,
    objects,
    asked,
    quirks,
    certificate: (name) => showCertificate(secured!, name),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
