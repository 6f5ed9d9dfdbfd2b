import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { controlOf, type PortalControl } from './control.ts';
import { handleControl } from './control-http.ts';
import { send } from './replies.ts';
import { Site } from './site.ts';
import type { PortalOptions } from './types.ts';

export type { PortalControl } from './control.ts';
export type * from './types.ts';
export { realisticDelays } from './defaults.ts';

export interface Portal {
  /** Without a slash at the end. */
  url: string;
  control: PortalControl;
  /** Ends every connection, those that hang included. */
  close(): Promise<void>;
}

/** Starts a stand-in portal; rejects where the port is taken. */
export async function startPortal(options: PortalOptions = {}): Promise<Portal> {
  const site = new Site(options);
  const control = controlOf(site);
  const server = createServer((req, res) => void answer(req, res, site, control));
  server.on('connection', (socket) => site.opened(socket));
  // Connections tell which tabs are open, so the server never ends an idle one by itself.
  Object.assign(server, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
  const host = options.host ?? '127.0.0.1';
  await listen(server, options.port ?? 0, host);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, control, close: () => close(server) };
}

async function answer(req: IncomingMessage, res: ServerResponse, site: Site, control: PortalControl): Promise<void> {
  try {
    if (req.url?.startsWith('/__control/')) await handleControl(req, res, control);
    else await site.handle(req, res);
  } catch (error) {
    // A visitor who leaves in the middle of a request is no fault of the portal.
    if (req.destroyed && !req.complete) return;
    process.stderr.write(`stand-in portal: ${error instanceof Error ? error.stack : String(error)}\n`);
    if (!res.headersSent) send(res, 500, { 'content-type': 'text/plain' }, 'the stand-in portal failed');
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
