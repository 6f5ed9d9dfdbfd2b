import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Tries to listen at this TCP port. Returns the code of the error, undefined where it works. */
export async function listenError(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  } finally {
    server.close();
  }
}

/** Whether a program may listen on this TCP port. */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  return (await listenError(host, port)) === undefined;
}

/** What to do about that error, for whoever set HOST and the port. `name` is the variable of the port. */
export function listenAdvice(code: string, name: string, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `${name} ${port} is taken by another program; set ${name} to a free one`;
    case 'EACCES':
      return `${name} ${port} is not for this user to listen at; set ${name} to one from 1024 on`;
    case 'EADDRNOTAVAIL':
      return `HOST ${host} is no address of this machine; set HOST to one of its own, such as 127.0.0.1 or 0.0.0.0`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST ${host} cannot be found (${code}); set HOST to an address or a name of this machine`;
    default:
      return `nobody can listen at HOST ${host} with ${name} ${port} (${code}); set them to others`;
  }
}

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux, from 49152 elsewhere): any connection
 * may take one of those between the check and the moment when a program listens there.
 */
const lowestPort = 15_000;
const highestPort = 32_767;

/** A TCP port that is free now: the preferred one if possible, else one that no outgoing connection takes meanwhile. */
export async function findFreePort(preferred?: number, host = '127.0.0.1'): Promise<number> {
  let port = preferred ?? anyPort();
  // Where none works, as at an address that is not this machine's, whoever listens next says why.
  for (let tries = 0; tries < 100 && !(await isPortFree(host, port)); tries += 1) port = anyPort();
  return port;
}

const anyPort = () => randomInt(lowestPort, highestPort + 1);
