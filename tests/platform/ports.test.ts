import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { findFreePort, isPortFree } from '#platform/ports.ts';

it('is free, and none that an outgoing connection gets before a program listens there', async () => {
  const found = await Promise.all(Array.from({ length: 30 }, () => findFreePort()));
  for (const port of found) {
    expect(port).toBeGreaterThan(1_023);
    expect(port).toBeLessThan(32_768);
    expect(await isPortFree('127.0.0.1', port)).toBe(true);
  }
});

it('is the preferred one, unless that is taken', async () => {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await findFreePort(port)).not.toBe(port);
  server.close();
  await once(server, 'close');
  expect(await findFreePort(port)).toBe(port);
});
