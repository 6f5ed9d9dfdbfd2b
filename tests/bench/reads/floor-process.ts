/**
 * The read floor, a process of its own: `node:http`, one `pg` pool, the two statements that an answer needs, and
 * `JSON.stringify`. Nothing is checked that a statement does not check, and there is no framework.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

/** Bytes that are sent as they are. */
export interface StaticAnswer {
  headers: Record<string, string>;
  body: Uint8Array;
}

export type ToFloor = { type: 'open'; databaseUrl: string } | { type: 'keep'; path: string; answer: StaticAnswer };
export type FromFloor = { type: 'ready'; url: string } | { type: 'kept' } | { type: 'up' };

const statements: Record<string, string> = {
  '/status': `select id, status, phase, done, total, bookings_synced, started_at, completed_at, triggered_manually,
    error_code, partial from sync_jobs where user_id = $1 order by created_at desc, id desc limit 1`,
  '/history': `select id, status, triggered_manually, created_at, started_at, completed_at, bookings_synced, added,
    changed, removed, partial, error_code from sync_jobs where user_id = $1 order by created_at desc, id desc limit 10`,
  '/bookings': `select id, record_id, name, starts_at, ends_at, studio, location, status, price_cents, record_url,
    removed_at from bookings where user_id = $1 order by starts_at desc, id desc limit 50`,
};
const session = 'select user_id from bench.sessions where token = $1 and expires_at > now()';

const kept = new Map<string, StaticAnswer>();
let pool: pg.Pool | undefined;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url!;
  const bytes = kept.get(path);
  if (bytes) return answerBytes(bytes, request, response);
  const token = request.headers.authorization?.slice('Bearer '.length);
  const { rows: found } = await pool!.query<{ user_id: string }>({ name: 'session', text: session, values: [token] });
  if (!found[0]) return void response.writeHead(401).end();
  const { rows } = await pool!.query<object>({ name: path, text: statements[path]!, values: [found[0].user_id] });
  const body = JSON.stringify(path === '/status' ? { job: rows[0] } : { rows });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

function answerBytes({ headers, body }: StaticAnswer, request: IncomingMessage, response: ServerResponse): void {
  if (headers.etag !== undefined && request.headers['if-none-match'] === headers.etag) {
    response.writeHead(304, { etag: headers.etag }).end();
    return;
  }
  response.writeHead(200, { ...headers, 'content-length': body.byteLength }).end(body);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
});
const tell = (message: FromFloor) => process.send!(message);

process.on('message', (message: ToFloor) => {
  if (message.type === 'keep') {
    kept.set(message.path, message.answer);
    tell({ type: 'kept' });
    return;
  }
  pool = new pg.Pool({ connectionString: message.databaseUrl });
  server.listen(0, '127.0.0.1', () =>
    tell({ type: 'ready', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
  );
});
process.once('disconnect', () => process.exit(0));
tell({ type: 'up' });
