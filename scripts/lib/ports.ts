import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Whether a program may listen on this TCP port. */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false; // whatever the reason (in use, not permitted), nobody can listen there
  } finally {
    server.close();
  }
}

/** A TCP port that is free now: the preferred one if possible. */
export async function findFreePort(preferred?: number, host = '127.0.0.1'): Promise<number> {
  if (preferred !== undefined && (await isPortFree(host, preferred))) return preferred;
  const server = createServer();
  server.listen({ host, port: 0, exclusive: true });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
