import type { ServerResponse } from 'node:http';

type Headers = Record<string, string | string[]>;

export function sendHtml(res: ServerResponse, html: string, status = 200, headers: Headers = {}): void {
  send(
    res,
    status,
    { 'content-type': 'text/html; charset=UTF-8', 'cache-control': 'no-cache, no-store', ...headers },
    html,
  );
}

export function sendJson(res: ServerResponse, body: unknown, status = 200, headers: Headers = {}): void {
  send(res, status, { 'content-type': 'application/json; charset=UTF-8', ...headers }, JSON.stringify(body));
}

export function redirect(res: ServerResponse, to: string, headers: Headers = {}): void {
  send(res, 302, { location: to, 'cache-control': 'no-cache, no-store', ...headers }, '');
}

export function send(res: ServerResponse, status: number, headers: Headers, body: string | Buffer): void {
  if (res.destroyed) return;
  res.writeHead(status, headers);
  res.end(body);
}

/** Waits so long; false where the visitor went away meanwhile. */
export function pause(ms: number, gone: AbortSignal): Promise<boolean> {
  if (gone.aborted) return Promise.resolve(false);
  if (ms <= 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const leave = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      gone.removeEventListener('abort', leave);
      resolve(true);
    }, ms);
    gone.addEventListener('abort', leave, { once: true });
  });
}

/** Resolves only when the visitor has gone. */
export function forEver(gone: AbortSignal): Promise<void> {
  return gone.aborted
    ? Promise.resolve()
    : new Promise((resolve) => gone.addEventListener('abort', () => resolve(), { once: true }));
}
